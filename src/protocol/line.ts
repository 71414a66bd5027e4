/** Requests that are one line each. */
import { byteString, complete, INCOMPLETE, type Reader, TOO_LARGE } from "./framing.ts";

const LF = 0x0a;
const CR = 0x0d;

/** A line without its end, LF or CR LF. `limit` counts its bytes with the end. */
export function lineReader(limit: number): Reader<string> {
  let looked = 0;
  return (bytes) => {
    const end = bytes.indexOf(LF, looked);
    looked = bytes.length;
    if (end < 0) return bytes.length >= limit ? TOO_LARGE : INCOMPLETE;
    if (end >= limit) return TOO_LARGE;
    const textEnd = end > 0 && bytes[end - 1] === CR ? end - 1 : end;
    return complete(byteString(bytes.subarray(0, textEnd)), end + 1);
  };
}

/** Null when the text is more than one line. */
export function encodeLine(text: string): string | null {
  return /[\r\n]/.test(text) ? null : `${text}\n`;
}
