/** Problems for people: what and where, the line of the file, and a caret under the place. */
import { describeProblem, type Position, type Problem } from "../config/problem.ts";
import { encodeByteString } from "../os/byte-string.ts";
import { glyphs, printable } from "./terminal-text.ts";

/** The lines of a file that was read, by its name. */
export type Sources = ReadonlyMap<string, readonly string[]>;

const LONGEST_MESSAGE = 400;
const MESSAGE_END = 120;
const BEFORE_CARET = 60;
const AFTER_CARET = 80;

/** `texts` are the files as they are, in Unicode. */
export function problemsText(
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
): string {
  const sources = new Map(
    [...texts].map(([file, text]) => [encodeByteString(file), encodeByteString(text).split("\n")]),
  );
  return problems.map((problem) => problemText(problem, sources)).join("");
}

export function problemText(problem: Problem, sources: Sources): string {
  const message = printable(shortened(describeProblem(problem)));
  const line = problem.at === null ? null : sourceLine(problem.at, sources);
  if (problem.at === null || line === null) return `${message}\n`;
  return `${message}\n${excerpt(line, problem.at.column)}`;
}

/** Errors in the order of the files; what has no place comes first. */
export function inFileOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ at }) => at?.file))];
  const place = ({ at }: Problem): readonly number[] =>
    at === null ? [-1, 0, 0] : [files.indexOf(at.file), at.line, at.column];
  return problems.toSorted((left, right) => {
    const other = place(right);
    return (
      place(left)
        .map((value, index) => value - (other[index] ?? 0))
        .find((difference) => difference !== 0) ?? 0
    );
  });
}

function excerpt(line: string, column: number): string {
  const caret = column - 1;
  const from = Math.max(0, caret - BEFORE_CARET);
  const to = Math.min(line.length, caret + AFTER_CARET);
  const shown = glyphs(line.slice(from, to));
  const start = from > 0 ? "..." : "";
  const before = shown.filter((glyph) => glyph.start < caret - from).map(({ text }) => text);
  const indent = " ".repeat(Bun.stringWidth(start + before.join("")));
  const text = shown.map((glyph) => glyph.text).join("");
  return `    ${start}${text}${to < line.length ? "..." : ""}\n    ${indent}^\n`;
}

function sourceLine({ file, line }: Position, sources: Sources): string | null {
  return sources.get(file)?.[line - 1]?.replace(/\r$/, "") ?? null;
}

function shortened(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  return `${text.slice(0, LONGEST_MESSAGE - MESSAGE_END)}...${text.slice(-MESSAGE_END)}`;
}
