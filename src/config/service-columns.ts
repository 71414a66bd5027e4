/** One line for a master.cf entry in the columns of `postconf -M`. Judges nothing. */
import { splitArguments } from "./brace-tokens.ts";
import { type LogicalLine, readLogicalLines } from "./logical-lines.ts";
import { splitNameValue } from "./main-cf.ts";
import { type Checked, errorAt, type Problem } from "./problem.ts";
import { FIELD_NAMES, splitFields } from "./service-fields.ts";

const COLUMNS = [0, 11, 17, 25, 33, 41, 49, 57];

export function serviceColumns(text: string, file: string): Checked<readonly string[]> {
  const lines = readLogicalLines(text, file);
  const problems: Problem[] = [...lines.problems];
  const value = lines.value.flatMap((line) => describe(line, problems) ?? []);
  return { value, problems };
}

function describe(line: LogicalLine, problems: Problem[]): string | null {
  const { fields, restOffset } = splitFields(line);
  if (fields.length < FIELD_NAMES.length) {
    const at = fields[0]?.at ?? null;
    problems.push(errorAt(at, `Cannot read this entry: expected ${FIELD_NAMES.join(", ")}`));
    return null;
  }
  const words = splitArguments(line, restOffset);
  problems.push(...words.problems);
  const columns = fields.reduce(
    (row, { text }, index) => (index === 0 ? text : `${row} `.padEnd(COLUMNS[index] ?? 0) + text),
    "",
  );
  return [
    columns,
    ...words.value.map((word, index) => argument(word, words.value[index - 1])),
  ].join(" ");
}

/** An option's `name = value` is shown without the blanks around its equals sign. */
function argument(word: string, before: string | undefined): string {
  const split = before === "-o" ? splitNameValue(word) : null;
  const shown = split === null || "reason" in split ? word : `${split.name}=${split.value}`;
  return shown === "" || shown.startsWith("{") || /[ \t\r\n]/.test(shown) ? `{${shown}}` : shown;
}
