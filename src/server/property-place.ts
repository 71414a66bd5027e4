/**
 * Where a property of an object literal stands in the text of a program: enough of the language to
 * skip what is not a key. Knows nothing of services.
 */

/** What can hide braces and commas: comments, texts, templates without their `${}` parts taken apart. */
const OPAQUE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/y;
const KEY = /(?:(?:async|get|set)\s+)?\*?\s*(?:"([^"\n]*)"|'([^'\n]*)'|([\w$]+))/y;
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/**
 * The offset of the key that `path` leads to in the first object literal after `start`, or of the last
 * part of the path that is written there; null when not even the first one is.
 */
export function findProperty(text: string, start: number, path: readonly string[]): number | null {
  let found: number | null = null;
  let open = findOpening(text, start);
  for (const name of path) {
    const key = open === null ? null : findKey(text, open, name);
    if (key === null) break;
    found = key.offset;
    open = key.value;
  }
  return found;
}

/** From line and column, both counted from 1, to an offset. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  return lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
}

export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The brace that opens the literal, or null. */
function findOpening(text: string, start: number): number | null {
  for (let at = start; at < text.length; at = skip(text, at)) {
    if (text[at] === "(") {
      const next = match(BLANK, text, at + 1);
      return text[next] === "{" ? next : null;
    }
  }
  return null;
}

/** `value` is where the literal of the value opens, or null when it is not one. */
function findKey(
  text: string,
  open: number,
  name: string,
): { offset: number; value: number | null } | null {
  let depth = 0;
  let expectsKey = false;
  for (let at = open; at < text.length; at = skip(text, at)) {
    const character = text[at] ?? "";
    if ("{[(".includes(character)) depth++;
    if ("}])".includes(character)) depth--;
    if (depth === 0) return null;
    if (depth > 1) continue;
    if (character === "{" || character === ",") expectsKey = true;
    else if (expectsKey && !/\s/.test(character) && !text.startsWith("/", at)) {
      expectsKey = false;
      KEY.lastIndex = at;
      const key = KEY.exec(text);
      if (key === null || (key[1] ?? key[2] ?? key[3]) !== name) continue;
      const colon = match(BLANK, text, KEY.lastIndex);
      const value = match(BLANK, text, colon + 1);
      return { offset: at, value: text[colon] === ":" && text[value] === "{" ? value : null };
    }
  }
  return null;
}

function skip(text: string, at: number): number {
  return Math.max(at + 1, match(OPAQUE, text, at));
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
