/** Text from a file to text that is safe to print: what would act on the terminal is shown as \x1b. */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `start` counts bytes. The text takes as many columns as `Bun.stringWidth` says. */
export type Glyph = Readonly<{ start: number; text: string }>;

/** `bytes` has one character per byte, as all text of configuration files. */
export function printable(bytes: string): string {
  return glyphs(bytes)
    .map(({ text }) => text)
    .join("");
}

export function glyphs(bytes: string): Glyph[] {
  const found: Glyph[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = sequenceLength(bytes.charCodeAt(start));
    const character = decode(bytes.slice(start, start + length));
    found.push({ start, text: character === null ? hex(bytes, start) : visible(character) });
    start += character === null ? 1 : length;
  }
  return found;
}

function sequenceLength(firstByte: number): number {
  if (firstByte >= 0xf0) return 4;
  if (firstByte >= 0xe0) return 3;
  return firstByte >= 0xc0 ? 2 : 1;
}

function decode(bytes: string): string | null {
  if (bytes.charCodeAt(0) < 0x80) return bytes;
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch (error) {
    if (error instanceof TypeError) return null; // not UTF-8
    throw error;
  }
}

/** Control, format and unassigned characters could move the cursor or turn the text around. */
function visible(character: string): string {
  if (character === "\t") return " ";
  if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? hex(character, 0) : `\\u{${code.toString(16)}}`;
}

function hex(bytes: string, at: number): string {
  return `\\x${bytes.charCodeAt(at).toString(16).padStart(2, "0")}`;
}
