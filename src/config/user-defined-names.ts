/** Names that the operator made up: set in main.cf, and used there. Knows no parameter by its meaning. */
import { endOfName, skipBlanks } from "./expression.ts";
import type { MainCf } from "./main-cf.ts";

/** A restriction class is used by its name alone. */
const LISTS_OF_NAMES = ["smtpd_restriction_classes"];

export function userDefinedNames({ parameters }: MainCf): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { name, value } of parameters.values()) {
    for (const reference of referencesIn(value)) used.add(reference);
    if (!LISTS_OF_NAMES.includes(name)) continue;
    for (const word of value.split(/[, \t\r\n]+/)) used.add(word);
  }
  return new Set([...used].filter((name) => parameters.has(name)));
}

/** Every name after a `$`, in operands that are not selected and in malformed values as well. */
function referencesIn(value: string): string[] {
  const names: string[] = [];
  for (let at = value.indexOf("$"); at !== -1; at = value.indexOf("$", at)) {
    const next = value[at + 1];
    if (next === "$") {
      at += 2;
      continue;
    }
    const bracketed = next === "{" || next === "(";
    const start = bracketed ? skipBlanks(value, at + 2, value.length) : at + 1;
    const end = endOfName(value, start, value.length);
    if (end > start) names.push(value.slice(start, end));
    at = Math.max(end, at + 1);
  }
  return names;
}
