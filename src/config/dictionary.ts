/**
 * What a reference sees at one moment of the evaluation: main.cf, overrides, and the defaults stored
 * so far (MCF-49, MCF-50). Knows no parameter by name.
 */
import { expand, type Lookup } from "./expand.ts";
import { type MainCf, type RawParameter, valuePosition } from "./main-cf.ts";
import { errorAt, type Position, type Problem } from "./problem.ts";

/** `source` is null for defaults, overrides and what the program sets. */
type Entry = Readonly<{ raw: string; source: RawParameter | null }>;

export type Dictionary = Readonly<{
  has(name: string): boolean;
  /** For `expand`. */
  lookup: Lookup;
  /** Give a name a value that stands in no file. */
  set(name: string, raw: string): void;
  /** The expanded text, or null after reporting why there is none. An undefined name is null, too. */
  evaluate(name: string): string | null;
  /** Expand text that is not a value, such as a default. */
  expandFor(name: string, text: string): string | null;
  /** Where the value of a name stands. */
  placeOf(name: string): Position | null;
  problems: readonly Problem[];
}>;

export function createDictionary(
  { parameters }: MainCf,
  overrides: ReadonlyMap<string, string>,
): Dictionary {
  const entries = new Map<string, Entry>();
  for (const [name, source] of parameters) entries.set(name, { raw: source.value, source });
  for (const [name, raw] of overrides) entries.set(name, { raw, source: null });
  const problems: Problem[] = [];
  const reported = new Set<string>();

  const lookup: Lookup = (name) => entries.get(name)?.raw ?? null;
  const placeOf = (name: string, offset = 0): Position | null => {
    const source = entries.get(name)?.source ?? null;
    return source === null ? null : valuePosition(source, offset);
  };
  const expandFor = (name: string, text: string): string | null => {
    const expansion = expand(text, lookup);
    if (expansion.ok) return expansion.text;
    const { parameter, offset, message } = expansion.fault;
    const blamed = parameter ?? name;
    const key = `${blamed} ${offset}`;
    if (!reported.has(key))
      problems.push(errorAt(placeOf(blamed, offset), `${message} in the value of ${blamed}`));
    reported.add(key); // many parameters may refer to the same mistake
    return null;
  };

  return {
    has: (name) => entries.has(name),
    lookup,
    set: (name, raw) => void entries.set(name, { raw, source: null }),
    evaluate: (name) => {
      const entry = entries.get(name);
      return entry === undefined ? null : expandFor(name, entry.raw);
    },
    expandFor,
    placeOf: (name) => placeOf(name),
    problems,
  };
}
