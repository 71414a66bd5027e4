/** Requests of a length that both sides know. */
import { complete, INCOMPLETE, type Reader, TOO_LARGE } from "./framing.ts";

export function fixedLengthReader(length: number, limit: number): Reader<Uint8Array> {
  return (bytes) => {
    if (length > limit) return TOO_LARGE;
    if (bytes.length < length) return INCOMPLETE;
    return complete(bytes.slice(0, length), length);
  };
}
