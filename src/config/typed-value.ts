/** Text to the type of its parameter (MCF-51 to MCF-60). Knows neither names nor places. */
import type { Parameter } from "./parameter.ts";

export type TypedValue = string | number | boolean;

/** `expected` says what would have been right. */
export type TypedResult = Readonly<
  { ok: true; value: TypedValue } | { ok: false; expected: string }
>;

export function parseTyped(parameter: Parameter, text: string, defaultText: string): TypedResult {
  switch (parameter.type) {
    case "string":
    case "raw":
      return checkLength(parameter, text);
    case "int":
    case "nint":
      return checkBounds(parameter, parseInteger(text, BigInt(LARGEST_INT)), "a whole number");
    case "long":
      return checkBounds(parameter, parseInteger(text, LARGEST_LONG), "a whole number");
    case "bool":
    case "nbool":
      return parseYesNo(text);
    case "time": {
      const seconds = parseTime(text, timeUnit(defaultText));
      return checkBounds(parameter, seconds, 'a time such as "100s", in s, m, h, d or w');
    }
  }
}

/** Seconds, or null. A letter alone means 0, and text after the letter is ignored (MCF-59). */
export function parseTime(text: string, defaultUnit: string): number | null {
  const match = TIME.exec(text);
  const [, sign = "", digits = "", letter = ""] = match ?? [];
  if (match === null || (digits === "" && (sign !== "" || letter === ""))) return null;
  const count = digits === "" ? 0 : Number(digits);
  const unit = UNIT_SECONDS[letter === "" ? defaultUnit : letter];
  if (unit === undefined || count > LARGEST_INT) return null;
  if (sign === "-" && count > 0) return null;
  if (unit > 1 && count >= Math.floor(LARGEST_INT / unit)) return null;
  return count * unit;
}

const LARGEST_INT = 2 ** 31 - 1;
const LARGEST_LONG = 2n ** 63n - 1n;
const INTEGER = /^[ \t\r\n\v\f]*([+-]?)0*([0-9]+)$/;
const TIME = /^[ \t\r\n\v\f]*([+-]?)([0-9]*)([^]?)/;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};

/** The first letter of the default (MCF-60). */
function timeUnit(defaultText: string): string {
  const letter = /[A-Za-z]/.exec(defaultText)?.[0];
  if (letter === undefined) throw new Error(`the time default "${defaultText}" has no unit`);
  return letter;
}

function parseInteger(text: string, largest: bigint): number | null {
  const [, sign = "", digits = ""] = INTEGER.exec(text) ?? [];
  if (digits === "" || digits.length > `${LARGEST_LONG}`.length) return null;
  const magnitude = BigInt(digits);
  if (magnitude > (sign === "-" ? largest + 1n : largest)) return null;
  return Number(sign === "-" ? -magnitude : magnitude);
}

function parseYesNo(text: string): TypedResult {
  switch (text.toLowerCase()) {
    case "yes":
      return { ok: true, value: true };
    case "no":
      return { ok: true, value: false };
    default:
      return { ok: false, expected: '"yes" or "no"' };
  }
}

function checkBounds(
  { minimum, maximum }: Parameter,
  value: number | null,
  kind: string,
): TypedResult {
  const inBounds =
    value !== null && (minimum === 0 || value >= minimum) && (maximum === 0 || value <= maximum);
  if (inBounds) return { ok: true, value };
  return { ok: false, expected: `${kind}${describeBounds(minimum, maximum)}` };
}

function checkLength({ minimum, maximum }: Parameter, text: string): TypedResult {
  const { length } = text;
  if ((minimum === 0 || length >= minimum) && (maximum === 0 || length <= maximum)) {
    return { ok: true, value: text };
  }
  if (maximum === 0 && minimum === 1) return { ok: false, expected: "text that is not empty" };
  const bytes = describeBounds(minimum, maximum);
  return { ok: false, expected: `text with a number of bytes${bytes}, found ${length}` };
}

function describeBounds(minimum: number, maximum: number): string {
  if (minimum !== 0 && maximum !== 0) {
    return minimum === maximum ? ` of ${minimum}` : ` from ${minimum} to ${maximum}`;
  }
  if (minimum !== 0) return ` of at least ${minimum}`;
  return maximum === 0 ? "" : ` of at most ${maximum}`;
}
