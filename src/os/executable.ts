/** Whether a program can be started, and where our own is. */
import { accessSync, constants, statSync } from "node:fs";

export type ExecutableState = "ok" | "missing" | "not-executable" | "directory";

/** A path that cannot be looked at counts as missing. */
export function isExecutable(path: string): ExecutableState {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return "directory";
    accessSync(path, constants.X_OK);
    return "ok";
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return "syscall" in error && error.syscall === "access" ? "not-executable" : "missing";
  }
}

/** To be asked for at the start: in a chroot without /proc the runtime no longer knows. */
export function ownPath(): string {
  return process.execPath;
}
