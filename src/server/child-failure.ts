/** A child that cannot start says why in one record and ends (MCF-04). */
import { SystemError } from "../os/system-error.ts";

export class ChildFailure extends Error {
  override readonly name = "ChildFailure";
}

/** `action` is what could not be done, `expected` what it would have needed. */
export function attempt<T>(action: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ChildFailure(`Cannot ${action}: ${error.message}; expected ${expected}`);
  }
}
