/** What a failed system call looks like to everyone above os/. Knows no particular call. */
import { constants } from "node:os";

import { libc } from "./libc.ts";

/** `code` is the errno name, such as "EADDRINUSE"; `reason` says the same in words. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly syscall: string;
  readonly code: string;
  readonly reason: string;

  /** `subject` is what the call was about: a path, an address and port. */
  constructor(syscall: string, errno: number, subject = "") {
    const code = nameOf(errno);
    const reason = String(libc.strerror(errno)); // the words that log watchers know
    super(`${subject === "" ? syscall : `${syscall} ${subject}`}: ${reason}`);
    this.syscall = syscall;
    this.code = code;
    this.reason = reason;
  }
}

/** Of several names the first: EAGAIN, not EWOULDBLOCK. The runtime's own function takes 3 ms to load. */
function nameOf(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === errno);
  return found?.[0] ?? `Unknown system error ${errno}`;
}

/** Errors of the runtime's own file functions become SystemErrors; anything else is a bug. */
export function throwSystemError(error: unknown, subject = ""): never {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
    const syscall = "syscall" in error ? String(error.syscall) : "system call";
    throw new SystemError(syscall, Math.abs(error.errno), subject);
  }
  throw error;
}
