/**
 * Physical lines to logical lines, for main.cf and master.cf alike (MCF-15 to MCF-24). Must not know
 * what a logical line means.
 */
import { type Checked, type Position, type Problem, warningAt } from "./problem.ts";

/** Text with the places it was joined from: piece n starts at `pieceStarts[n]` of the text. */
export type LogicalLine = Readonly<{
  file: string;
  text: string;
  pieceStarts: readonly number[];
  /** The physical line of each piece; the first one is the line that is reported (MCF-21). */
  pieceLines: readonly number[];
}>;

const SHOWN_OF_STRAY_TEXT = 30; // MCF-20

export function readLogicalLines(text: string, file: string): Checked<readonly LogicalLine[]> {
  const lines: LogicalLine[] = [];
  const problems: Problem[] = [];
  let pieces: Piece[] = [];

  const finish = (): void => {
    if (pieces.length === 0) return;
    const joined = join(pieces, file);
    pieces = [];
    if (isWhitespace(joined.text.charCodeAt(0))) {
      problems.push(strayText(joined));
      return;
    }
    const end = joined.text.indexOf("\0");
    if (end === -1) {
      lines.push(joined);
      return;
    }
    problems.push(textAfterNul(joined, end));
    lines.push({ ...joined, text: joined.text.slice(0, end) });
  };

  for (let start = 0, number = 1; start < text.length; number++) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const first = skipWhitespace(text, start, end);
    if (first < end && text[first] !== "#") {
      if (first === start) finish();
      pieces.push({ text: text.slice(start, end), line: number });
    }
    start = end + 1;
  }
  finish();
  return { value: lines, problems };
}

/** Where in the file a byte of the logical text stands. The end of the text is a place, too. */
export function positionAt(line: LogicalLine, offset: number): Position {
  const { pieceStarts } = line;
  let low = 0;
  let high = pieceStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieceStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return {
    file: line.file,
    line: line.pieceLines[low] ?? 1,
    column: offset - (pieceStarts[low] ?? 0) + 1,
  };
}

/** Space, TAB, LF, VT, FF and CR (MCF-15). */
export function isWhitespace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** The first place from `start` on that is no whitespace, or `end`. */
export function skipWhitespace(text: string, start: number, end: number = text.length): number {
  let at = start;
  while (at < end && isWhitespace(text.charCodeAt(at))) at++;
  return at;
}

type Piece = { text: string; line: number };

function join(pieces: readonly Piece[], file: string): LogicalLine {
  const pieceStarts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    pieceStarts.push(length);
    length += piece.text.length;
  }
  return {
    file,
    text: pieces.map((piece) => piece.text).join(""),
    pieceStarts,
    pieceLines: pieces.map((piece) => piece.line),
  };
}

function strayText(line: LogicalLine): Problem {
  const { text } = line;
  const shown =
    text.length > SHOWN_OF_STRAY_TEXT ? `${text.slice(0, SHOWN_OF_STRAY_TEXT)}...` : text;
  return warningAt(
    positionAt(line, 0),
    `Ignored "${shown}": a line that starts with whitespace continues the line before it, and there is none`,
  );
}

function textAfterNul(line: LogicalLine, offset: number): Problem {
  return warningAt(
    positionAt(line, offset),
    "Ignored the rest of this line: expected text, found a NUL byte",
  );
}
