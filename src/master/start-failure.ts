/** A reason why the master cannot start. Everything that is wrong is logged before it ends. */
import type { Problem } from "../config/problem.ts";
import { LockError } from "../os/lock-file.ts";
import { SystemError } from "../os/system-error.ts";

export class StartFailure extends Error {
  override readonly name = "StartFailure";
  /** Errors of the configuration, each with its place; logged first. */
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message);
    this.problems = problems;
  }

  /** The reason itself, when there is only one: then the last record says it. */
  get soleError(): Problem | null {
    const errors = this.problems.filter(({ severity }) => severity === "error");
    return errors.length === 1 ? (errors[0] ?? null) : null;
  }
}

/** A step of the start. What the system refuses ends it, with what was tried and what was expected. */
export function attempt<T>(action: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SystemError) && !(error instanceof LockError)) throw error;
    throw new StartFailure(`${action}: ${error.message}; expected ${expected}`);
  }
}
