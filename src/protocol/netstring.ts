/** Netstrings: `5:hello,` (cr.yp.to/proto/netstrings.txt). */
import {
  broken,
  byteString,
  complete,
  INCOMPLETE,
  type Progress,
  quote,
  type Reader,
  TOO_LARGE,
} from "./framing.ts";

const COLON = 0x3a;
const COMMA = 0x2c;
/** More digits than any length has that fits a limit. */
const MOST_DIGITS = 15;
const LENGTH = /^(?:0|[1-9][0-9]*)$/;

/** `limit` counts the bytes of the content. */
export function netstringReader(limit: number): Reader<Uint8Array> {
  let head: { start: number; length: number } | null = null;
  return (bytes) => {
    if (head === null) {
      const read = readHead(bytes, limit);
      if ("type" in read) return read;
      head = read;
    }
    const end = head.start + head.length;
    if (bytes.length <= end) return INCOMPLETE;
    if (bytes[end] !== COMMA) {
      return broken(`expected "," after a netstring of ${head.length} bytes`);
    }
    return complete(bytes.slice(head.start, end), end + 1);
  };
}

/** The content as one netstring. */
export function encodeNetstring(content: Uint8Array): Uint8Array {
  const head = `${content.length}:`;
  const bytes = new Uint8Array(head.length + content.length + 1);
  for (let at = 0; at < head.length; at++) bytes[at] = head.charCodeAt(at);
  bytes.set(content, head.length);
  bytes[bytes.length - 1] = COMMA;
  return bytes;
}

function readHead(
  bytes: Uint8Array,
  limit: number,
): { start: number; length: number } | Progress<never> {
  const colon = bytes.subarray(0, MOST_DIGITS + 1).indexOf(COLON);
  const digits = byteString(bytes.subarray(0, colon < 0 ? MOST_DIGITS + 1 : colon));
  const mayGoOn =
    colon < 0 && bytes.length <= MOST_DIGITS && (digits === "" || LENGTH.test(digits));
  if (mayGoOn) return Number(digits) > limit ? TOO_LARGE : INCOMPLETE;
  if (!LENGTH.test(digits)) {
    return broken(`expected the length of a netstring and ":", found ${quote(digits)}`);
  }
  const length = Number(digits);
  return colon < 0 || length > limit ? TOO_LARGE : { start: colon + 1, length };
}
