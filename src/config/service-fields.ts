/**
 * The columns of one master.cf line: where they stand, and the values of those that are a yes or no
 * or a number. Must not know what a service does with them.
 */
import { type LogicalLine, positionAt } from "./logical-lines.ts";
import { errorAt, type Position, type Problem, warningAt } from "./problem.ts";

/** In the order of the file; the names are those of master(5) (SVC-06). */
export const FIELD_NAMES = [
  "service name",
  "transport type",
  "private",
  "unprivileged",
  "chroot",
  "wakeup_time",
  "max_proc",
  "command",
] as const;

export type FieldName = (typeof FIELD_NAMES)[number];
export type Field = Readonly<{ name: FieldName; text: string; at: Position }>;

/** `restOffset` is where the arguments of the command begin in the logical line. */
export type ServiceFields = Readonly<{ fields: readonly Field[]; restOffset: number }>;

const MAX_NUMBER = 2147483647;

export function splitFields(line: LogicalLine): ServiceFields {
  const fields: Field[] = [];
  let offset = 0;
  for (const name of FIELD_NAMES) {
    const start = skipBlanks(line.text, offset);
    const end = skipWord(line.text, start);
    if (end === start) break;
    fields.push({ name, text: line.text.slice(start, end), at: positionAt(line, start) });
    offset = end;
  }
  return { fields, restOffset: offset };
}

/** "-" stands for the default, where there is one (SVC-08). */
export function isDefault(field: Field): boolean {
  return field.text === "-";
}

export function readFlag(field: Field, defaultValue: boolean, problems: Problem[]): boolean {
  if (isDefault(field)) return defaultValue;
  if (field.text === "y") return true;
  if (field.text === "n") return false;
  problems.push(
    errorAt(
      field.at,
      `Cannot read field "${field.name}": found "${field.text}", expected "y", "n" or "-"`,
      flagSuggestion(field.text),
    ),
  );
  return defaultValue;
}

/** The leading digits count and the rest is ignored (SVC-10); `suffix` is the rest that has a meaning. */
export function readNumber(
  field: Field,
  { defaultValue, suffix }: { defaultValue: number; suffix: string },
  problems: Problem[],
): number {
  if (isDefault(field)) return defaultValue;
  const digits = /^[0-9]+/.exec(field.text)?.[0];
  if (digits === undefined) {
    problems.push(badNumber(field, 'a whole number or "-"'));
    return defaultValue;
  }
  const value = Number(digits);
  if (value > MAX_NUMBER) {
    problems.push(badNumber(field, `at most ${MAX_NUMBER}`));
    return defaultValue;
  }
  const ignored = field.text.slice(digits.length);
  if (ignored !== "" && ignored !== suffix) {
    problems.push(
      warningAt(
        field.at,
        `Field "${field.name}" is read as ${value}: ignored "${ignored}" after the number, which takes no unit`,
        digits,
      ),
    );
  }
  return value;
}

function badNumber(field: Field, expected: string): Problem {
  return errorAt(
    field.at,
    `Cannot read field "${field.name}": found "${field.text}", expected ${expected}`,
  );
}

function flagSuggestion(text: string): string | undefined {
  if (/^(?:y|yes|true|1)$/i.test(text)) return "y";
  if (/^(?:n|no|false|0)$/i.test(text)) return "n";
  return undefined;
}

function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && isDelimiter(text.charCodeAt(at))) at++;
  return at;
}

function skipWord(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++;
  return at;
}

/** Vertical TAB and form feed are part of a word here, unlike in main.cf (SVC-03). */
export function isDelimiter(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
