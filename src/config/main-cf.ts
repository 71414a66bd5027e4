/** main.cf text to raw values with their places (MCF-23 to MCF-30). Knows no parameter by name. */
import { type LogicalLine, positionAt, readLogicalLines, skipWhitespace } from "./logical-lines.ts";
import { type Checked, errorAt, type Position, type Problem, warningAt } from "./problem.ts";

/** A value as written: it is expanded when it is looked up (MCF-29). */
export type RawParameter = Readonly<{
  name: string;
  value: string;
  line: LogicalLine;
  nameOffset: number;
  valueOffset: number;
}>;

/** `directory` is what the file is in: the configuration directory never comes from the file (MCF-09). */
export type MainCf = Readonly<{
  file: string;
  directory: string;
  parameters: ReadonlyMap<string, RawParameter>;
}>;

export type NameAndValue = Readonly<{
  name: string;
  value: string;
  nameOffset: number;
  valueOffset: number;
}>;

export type SplitFault = Readonly<{ offset: number; reason: "name absent" | "equals sign absent" }>;

export function parseMainCf(text: string, file: string): Checked<MainCf> {
  const { value: lines, problems: found } = readLogicalLines(text, file);
  const problems: Problem[] = [...found];
  const parameters = new Map<string, RawParameter>();
  for (const line of lines) {
    const split = splitNameValue(line.text);
    if ("reason" in split) {
      problems.push(errorAt(positionAt(line, split.offset), describeFault(split, line.text)));
      continue;
    }
    const earlier = parameters.get(split.name);
    const parameter: RawParameter = { ...split, line };
    if (earlier !== undefined && earlier.value !== split.value) {
      problems.push(overriding(earlier, parameter));
    }
    parameters.set(split.name, parameter);
  }
  const directory = file.slice(0, Math.max(0, file.lastIndexOf("/")));
  return { value: { file, directory, parameters }, problems };
}

/** `name = value` as in main.cf and in a `-o` option (MCF-25, MCF-26, MCF-74). */
export function splitNameValue(text: string): NameAndValue | SplitFault {
  const nameOffset = skipWhitespace(text, 0);
  const nameEnd = endOfName(text, nameOffset);
  const equals = skipWhitespace(text, nameEnd);
  if (nameEnd === nameOffset) return { offset: nameOffset, reason: "name absent" };
  if (text[equals] !== "=") return { offset: nameOffset, reason: "equals sign absent" };
  const valueOffset = skipWhitespace(text, equals + 1);
  return {
    name: text.slice(nameOffset, nameEnd),
    value: withoutTrailingWhitespace(text, valueOffset),
    nameOffset,
    valueOffset,
  };
}

/** The place of a byte of the raw value. */
export function valuePosition({ line, valueOffset }: RawParameter, offset = 0): Position {
  return positionAt(line, valueOffset + offset);
}

export function namePosition({ line, nameOffset }: RawParameter): Position {
  return positionAt(line, nameOffset);
}

const NAME = /[^ \t\r\n\v\f=]*/y;

function endOfName(text: string, start: number): number {
  NAME.lastIndex = start;
  NAME.test(text);
  return NAME.lastIndex;
}

function withoutTrailingWhitespace(text: string, start: number): string {
  let end = text.length;
  while (end > start && skipWhitespace(text, end - 1, end) === end) end--;
  return text.slice(start, end);
}

function describeFault({ reason }: SplitFault, text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  const expected = reason === "name absent" ? 'a name before "="' : '"=" after the name';
  return `Cannot read "${shown}": expected ${expected}`;
}

function overriding(earlier: RawParameter, later: RawParameter): Problem {
  const { line } = namePosition(earlier);
  return warningAt(
    namePosition(later),
    `Replaced the value "${earlier.value}" that line ${line} gave to ${later.name}: expected one line for a parameter, the last one counts`,
  );
}

/** Of a word of a value, or of the value where a reference hides the word. Null: a default. */
export function wordPosition(mainCf: MainCf, name: string, word: string): Position | null {
  const parameter = mainCf.parameters.get(name);
  return parameter === undefined
    ? null
    : valuePosition(parameter, Math.max(0, parameter.value.indexOf(word)));
}
