/** Whether a person may be at the other end. The runtime's own module for this takes 15 ms to load. */
import { libc } from "./libc.ts";

export function isTerminal(fd: number): boolean {
  return libc.isatty(fd) === 1;
}
