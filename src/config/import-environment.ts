/** import_environment: which variables survive into the children (MST-31 to MST-33). */
import { type Checked, errorAt, type Position, type Problem } from "./problem.ts";

/** `value` is null for a bare name, which keeps what the variable has now. */
export type ImportItem = Readonly<{ name: string; value: string | null }>;

const SEPARATOR = /[,\s]/;

/** Prefixes of variables that would change the runtime of a child of ours (design D13). */
const RUNTIME_PREFIXES = ["BUN_", "NODE_", "JSC_", "MIMALLOC_"];
/** What a master understands, only that master itself can tell (design D17). */
const OWN_PREFIX = "PFMASTER_";
const NEVER_KEPT = [...RUNTIME_PREFIXES, OWN_PREFIX];

export function parseImportEnvironment(
  text: string,
  at: Position | null,
): Checked<readonly ImportItem[]> {
  const problems: Problem[] = [];
  const items: ImportItem[] = [];
  for (const token of splitItems(text)) {
    const item = parseItem(token);
    if (typeof item === "string") problems.push(errorAt(at, `import_environment: ${item}`));
    else items.push(item);
  }
  return { value: items, problems };
}

/** The whole environment of the children, before GENERATION. Later items override earlier ones. */
export function cleanEnvironment(
  items: readonly ImportItem[],
  current: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const { name, value } of items) {
    if (NEVER_KEPT.some((prefix) => name.startsWith(prefix))) continue;
    const next = value ?? kept[name] ?? current[name];
    if (next !== undefined) kept[name] = next;
  }
  return kept;
}

/** A group in braces protects blanks and commas; it ends with its matching brace. */
function splitItems(text: string): string[] {
  const items: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (SEPARATOR.test(text.charAt(at))) {
      at++;
      continue;
    }
    const start = at;
    let depth = 0;
    while (at < text.length && (depth > 0 || !SEPARATOR.test(text.charAt(at)))) {
      const character = text.charAt(at++);
      if (character === "{") depth++;
      else if (character === "}" && depth > 0) depth--;
    }
    items.push(text.slice(start, at));
  }
  return items;
}

/** Returns what is wrong as text. */
function parseItem(token: string): ImportItem | string {
  let text = token;
  if (token.startsWith("{")) {
    const end = closingBrace(token);
    if (end < 0) return `Cannot read "${token}": the closing brace is missing`;
    if (end !== token.length - 1) {
      return `Cannot read "${token}": expected nothing after the closing brace`;
    }
    text = token.slice(1, -1).trim();
  }
  const equals = text.indexOf("=");
  if (equals < 0) {
    return token.startsWith("{") && /\s|^$/.test(text)
      ? `Cannot read "${token}": expected { name = value }`
      : { name: text, value: null };
  }
  const name = text.slice(0, equals).trim();
  if (name === "" || /\s/.test(name)) {
    return `Cannot read "${token}": expected one name before the "="`;
  }
  return { name, value: text.slice(equals + 1).trim() };
}

function closingBrace(token: string): number {
  let depth = 0;
  for (let at = 0; at < token.length; at++) {
    if (token.charAt(at) === "{") depth++;
    else if (token.charAt(at) === "}" && --depth === 0) return at;
  }
  return -1;
}
