/**
 * The arguments of a command: words, and groups in braces that keep their blanks (SVC-46). There are
 * no quotes, escapes or references here (SVC-48). Must not know what an argument means.
 */
import { isWhitespace, type LogicalLine, positionAt } from "./logical-lines.ts";
import { type Checked, errorAt, type Problem } from "./problem.ts";
import { isDelimiter } from "./service-fields.ts";

export function splitArguments(line: LogicalLine, start: number): Checked<readonly string[]> {
  const { text } = line;
  const value: string[] = [];
  const problems: Problem[] = [];
  for (let at = start; at < text.length;) {
    if (isDelimiter(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    if (!token.startsWith("{")) {
      value.push(token);
    } else {
      const close = groupEnd(token);
      if (close === token.length - 1) value.push(trim(token.slice(1, close)));
      else problems.push(close === -1 ? unclosed(line, at) : trailing(line, at + close + 1, token));
    }
    at = end;
  }
  return { value, problems };
}

/** Blanks inside balanced braces do not end a token; a "}" without its "{" is an ordinary character. */
function tokenEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === "{") depth++;
    else if (character === "}" && depth > 0) depth--;
    else if (depth === 0 && isDelimiter(text.charCodeAt(at))) break;
  }
  return at;
}

/** Where the group that the token begins with is closed, or -1. */
function groupEnd(token: string): number {
  let depth = 0;
  for (let at = 0; at < token.length; at++) {
    if (token[at] === "{") depth++;
    else if (token[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function unclosed(line: LogicalLine, offset: number): Problem {
  return errorAt(
    positionAt(line, offset),
    'Cannot read this argument: expected a "}" that closes this "{" before the end of the entry',
  );
}

function trailing(line: LogicalLine, offset: number, token: string): Problem {
  return errorAt(
    positionAt(line, offset),
    `Cannot read argument "${token}": expected a blank after the closing "}"`,
  );
}
