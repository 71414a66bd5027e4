/** Attribute lists in Postfix's plain form: `name=value` lines and an empty line (PRO-27). */
import { type AttributePairs, collectAttributes, encodeWith } from "./attribute-list.ts";
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

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

type Form = Readonly<{
  /** A CR before the LF is not part of the value: for people who type a request. */
  dropsCarriageReturn: boolean;
}>;

/** `limit` counts the bytes of the whole list. Of a name that comes twice the first value counts. */
export function plainAttributesReader(
  limit: number,
  form: Form = { dropsCarriageReturn: false },
): Reader<Map<string, string>> {
  const list = collectAttributes();
  let lineStart = 0;
  let looked = 0;
  return (bytes) => {
    for (;;) {
      const end = bytes.indexOf(LF, looked);
      if (end < 0) {
        looked = bytes.length;
        return bytes.length >= limit ? TOO_LARGE : INCOMPLETE;
      }
      if (end >= limit) return TOO_LARGE;
      const start = lineStart;
      lineStart = end + 1;
      looked = lineStart;
      const line = bytes.subarray(start, textEnd(bytes, start, end, form));
      if (line.length === 0) return complete(list.attributes, lineStart);
      const fault = addLine(list, line);
      if (fault !== null) return fault;
    }
  };
}

/** Returns what is wrong as text: a name or value that this form cannot carry. */
export function encodePlainAttributes(
  attributes: AttributePairs,
): Readonly<{ text: string }> | Readonly<{ fault: string }> {
  return encodeWith(attributes, {
    name: /^[^\0=\n]+$/,
    value: /^[^\0\n]*$/,
    pair: (name, value) => `${name}=${value}\n`,
    end: "\n",
  });
}

function addLine(
  list: ReturnType<typeof collectAttributes>,
  line: Uint8Array,
): Progress<never> | null {
  const equals = line.indexOf(EQUALS);
  if (equals <= 0) return broken(`expected name=value, found ${quote(byteString(line))}`);
  if (line.includes(0)) return broken(`expected no null byte, found ${quote(byteString(line))}`);
  return list.add(byteString(line.subarray(0, equals)), byteString(line.subarray(equals + 1)));
}

function textEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  { dropsCarriageReturn }: Form,
): number {
  return dropsCarriageReturn && end > start && bytes[end - 1] === CR ? end - 1 : end;
}
