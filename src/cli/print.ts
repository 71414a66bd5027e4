/** Writes to the terminal or pipe of the person who called. Avoids Node's streams: they cost 10 ms. */
import { writeSync } from "node:fs";

import { CommandFailure, ExitCode } from "./exit.ts";

export function print(text: string): void {
  writeAll(1, new TextEncoder().encode(text));
}

/** Text of a configuration file as it is: one character per byte. */
export function printBytes(bytes: string): void {
  writeAll(1, Buffer.from(bytes, "latin1"));
}

export function printError(text: string): void {
  writeAll(2, new TextEncoder().encode(text));
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.byteLength > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EPIPE") process.exit(ExitCode.brokenPipe);
      if (typeof code !== "string") throw error;
      if (code !== "EAGAIN") throw new CommandFailure(ExitCode.system, `Cannot write: ${code}`);
      Bun.sleepSync(1); // somebody made our terminal non-blocking, and it is full
    }
  }
}
