/** Descriptor 2 as a place for records: whoever reads it must not be able to stop who writes. */
import { writeSync } from "node:fs";

import { throwSystemError } from "./system-error.ts";

/** A full pipe or socket, or one that nobody reads any more. */
const LOST = ["EAGAIN", "EPIPE", "ECONNREFUSED", "ECONNRESET", "ENOTCONN", "ENOBUFS", "EIO"];

/** One write; what does not fit is lost, for a record about it would be lost as well. */
export function writeOrDrop(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if (error instanceof Error && "code" in error && LOST.includes(String(error.code))) return;
    throwSystemError(error, "standard error");
  }
}
