/** Configuration text is one character per byte; os/ and people want Unicode. Only this converts. */

export function decodeByteString(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

export function encodeByteString(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
