/** The entries of master.cf as columns, one line each, as `postconf -M` prints them. Checks no value. */
import { splitArguments } from "./brace-tokens.ts";
import { isWhitespace, type LogicalLine, readLogicalLines } from "./logical-lines.ts";
import type { Checked } from "./problem.ts";
import { splitFields } from "./service-fields.ts";

const COLUMNS = [0, 11, 17, 25, 33, 41, 49, 57];

export function serviceTable(text: string, file: string): Checked<readonly string[]> {
  const lines = readLogicalLines(text, file);
  const rows = lines.value.map(tableRow);
  return {
    value: rows.map(({ value }) => value),
    problems: [...lines.problems, ...rows.flatMap(({ problems }) => problems)],
  };
}

/** A field that is too wide pushes the next ones only as far as it must. */
function tableRow(line: LogicalLine): Checked<string> {
  const { fields, restOffset } = splitFields(line);
  let row = "";
  for (const [index, field] of fields.entries()) {
    if (index > 0) row = `${row} `.padEnd(COLUMNS[index] ?? 0);
    row += field.text;
  }
  const words = splitArguments(line, restOffset);
  return { value: [row, ...words.value.map(inBraces)].join(" "), problems: words.problems };
}

/** What would not come back as one word needs its braces. */
function inBraces(word: string): string {
  const plain = word !== "" && !word.startsWith("{") && !hasBlank(word);
  return plain ? word : `{${word}}`;
}

function hasBlank(word: string): boolean {
  for (let at = 0; at < word.length; at++) if (isWhitespace(word.charCodeAt(at))) return true;
  return false;
}
