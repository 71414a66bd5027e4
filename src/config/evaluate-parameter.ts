/** One parameter to its value, by the rules of its type (MCF-50 to MCF-60). Asks nothing but the dictionary. */
import type { Dictionary } from "./dictionary.ts";
import type { Parameter } from "./parameter.ts";
import { errorAt, type Problem } from "./problem.ts";
import { parseTyped, type TypedValue } from "./typed-value.ts";

/** Null: an error that the dictionary holds. */
type Evaluated = Readonly<{ text: string | null; typed: TypedValue | Problem | null }>;

/** `raw` is the default as written; an absent value is replaced by it, for later references (MCF-50). */
export function evaluateParameter(
  parameter: Parameter,
  raw: string,
  dictionary: Dictionary,
): Evaluated {
  const texts = readTexts(parameter, raw, dictionary);
  if (texts === null) return { text: null, typed: null };
  const { text, defaultText } = texts;
  const typed = parseTyped(parameter, text, defaultText);
  return {
    text,
    typed: typed.ok ? typed.value : badValue(parameter, text, typed.expected, dictionary),
  };
}

type Texts = Readonly<{ text: string; defaultText: string }>;

function readTexts({ name, type }: Parameter, raw: string, dictionary: Dictionary): Texts | null {
  if (type === "raw") {
    if (!dictionary.has(name)) dictionary.set(name, raw);
    return { text: dictionary.lookup(name) ?? raw, defaultText: raw };
  }
  if (type !== "string") {
    if (!dictionary.has(name)) dictionary.set(name, raw);
    const text = dictionary.evaluate(name);
    // A time needs its default as well: for the unit (MCF-60).
    const defaultText = type === "time" ? dictionary.expandFor(name, raw) : "";
    return text === null || defaultText === null ? null : { text, defaultText };
  }
  if (!dictionary.has(name)) {
    const expanded = dictionary.expandFor(name, raw);
    if (expanded === null) return null;
    dictionary.set(name, expanded);
    return { text: expanded, defaultText: raw }; // stored as a value: not expanded again here
  }
  const text = dictionary.evaluate(name);
  return text === null ? null : { text, defaultText: raw };
}

function badValue(
  { name }: Parameter,
  text: string,
  expected: string,
  dictionary: Dictionary,
): Problem {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return errorAt(dictionary.placeOf(name), `Cannot use ${name} = "${shown}": expected ${expected}`);
}
