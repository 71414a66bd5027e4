/** One write(2) that is whole or fails, on a descriptor that a sibling may have made non-blocking. */
import { writeSync } from "node:fs";

import { takesOutput } from "./poll.ts";
import { throwSystemError } from "./system-error.ts";

/** Blocks while there is no room, as on a blocking descriptor. */
export function writeRecord(fd: number, bytes: Uint8Array): void {
  for (;;) {
    try {
      const written = writeSync(fd, bytes);
      if (written !== bytes.byteLength)
        throw new Error(`wrote ${written} of ${bytes.byteLength} bytes`);
      return;
    } catch (error) {
      if (!isFull(error)) throwSystemError(error, `descriptor ${fd}`);
      takesOutput(fd);
    }
  }
}

function isFull(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EINTR")
  );
}
