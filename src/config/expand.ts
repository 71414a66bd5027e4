/**
 * `$name` expansion (MCF-31 to MCF-48). Knows neither files nor parameters: a function looks names
 * up, and an error says at which byte of whose raw value it arose.
 */
import { compareLevels, parseCompatibilityLevel } from "./compatibility-level.ts";
import {
  endOfName,
  type Expression,
  ExpressionFault,
  findCloser,
  type Operator,
  parseExpression,
  type Range,
  type Relation,
} from "./expression.ts";

/** The raw value of a name, or null when it is undefined. Must give one answer during one expansion. */
export type Lookup = (name: string) => string | null;

/** `parameter` is whose raw value `offset` counts in; null is the text that was given. */
export type ExpansionFault = Readonly<{
  parameter: string | null;
  offset: number;
  message: string;
}>;

export type Expansion = Readonly<{ ok: true; text: string } | { ok: false; fault: ExpansionFault }>;

/** Active references above this number are unreasonable (MCF-47). */
const DEEPEST_REFERENCE = 100;
/** The original lets operands of relations start counting again without end; we do not. */
const DEEPEST_RELATION = 20;
/** A few lines can ask for 2^100 bytes: far above any real value, far below the memory. */
const LARGEST_TEXT = 32 * 1024 * 1024;
const MOST_WORK = 256 * 1024 * 1024;

export function expand(text: string, lookup: Lookup): Expansion {
  const scope: Scope = {
    lookup,
    known: new Map(),
    active: [],
    peak: { references: 0, relations: 0 },
    work: 0,
  };
  const source: Source = { parameter: null, raw: text };
  try {
    const whole = { start: 0, end: text.length };
    return { ok: true, text: expandRange(scope, source, whole, { references: 0, relations: 0 }) };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault };
    throw error;
  }
}

/** Unwinds to `expand`, where it becomes a value. */
class Fault {
  readonly fault: ExpansionFault;

  constructor({ parameter, raw }: Source, offset: number, expected: string, shown?: Range) {
    const { start, end } = shown ?? { start: offset, end: raw.length };
    this.fault = {
      parameter,
      offset,
      message: `Cannot expand "${shorten(raw.slice(start, end))}": expected ${expected}`,
    };
  }
}

type Source = Readonly<{ parameter: string | null; raw: string }>;
type Depth = Readonly<{ references: number; relations: number }>;

/** One expansion. Every name is expanded once, so the work cannot grow with the number of paths to it. */
type Scope = {
  readonly lookup: Lookup;
  readonly known: Map<string, { text: string; height: Depth }>;
  readonly active: string[];
  /** The deepest place reached since it was last reset: gives a known name its height. */
  peak: Depth;
  work: number;
};

function expandRange(scope: Scope, source: Source, { start, end }: Range, depth: Depth): string {
  const { raw } = source;
  let text = "";
  let at = start;
  scope.peak = deeper(scope.peak, depth);
  if (at < end) guardNesting(source, at, depth);
  while (at < end) {
    const found = raw.indexOf("$", at);
    const dollar = found === -1 || found > end ? end : found;
    text += raw.slice(at, dollar);
    at = dollar;
    if (at >= end) break;
    if (at + 1 < end && raw[at + 1] === "$") {
      text += "$"; // not scanned again (MCF-48)
      at += 2;
    } else {
      const reference = readReference(source, at, end);
      text += expandReference(scope, { source, offset: at, reference, depth });
      at = reference.next;
    }
    if (text.length > LARGEST_TEXT) {
      throw new Fault(source, start, `a result of at most ${LARGEST_TEXT} bytes`);
    }
  }
  scope.work += end - start + text.length;
  if (scope.work > MOST_WORK) throw new Fault(source, start, "a value that needs less work");
  return text;
}

type Reference = Readonly<{ expression: Expression; next: number }>;

function readReference(source: Source, dollar: number, end: number): Reference {
  const { raw } = source;
  const open = raw[dollar + 1];
  if (dollar + 1 < end && (open === "{" || open === "(")) {
    const closer = findCloser(raw, dollar + 1, end);
    if (closer === -1) throw new Fault(source, dollar, `a closing "${open === "{" ? "}" : ")"}"`);
    if (closer === dollar + 2) throw new Fault(source, dollar, "a name between the brackets");
    const expression = parseInside(source, dollar, { start: dollar + 2, end: closer });
    return { expression, next: closer + 1 };
  }
  const next = endOfName(raw, dollar + 1, end);
  if (next === dollar + 1) {
    throw new Fault(source, dollar, 'a name after "$" (write "$$" for a plain "$")');
  }
  return { expression: { test: { name: raw.slice(dollar + 1, next) }, choice: null }, next };
}

function parseInside(source: Source, dollar: number, inside: Range): Expression {
  try {
    return parseExpression(source.raw, inside);
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    const shown = { start: dollar, end: inside.end + 1 };
    throw new Fault(source, error.offset, error.expected, shown);
  }
}

type Use = Readonly<{ source: Source; offset: number; reference: Reference; depth: Depth }>;

function expandReference(scope: Scope, { source, offset, reference, depth }: Use): string {
  const { test, choice } = reference.expression;
  const below = { ...depth, references: depth.references + 1 };
  if (choice === null) {
    if ("name" in test) {
      guardCycle(scope, source, { start: offset, end: reference.next }, test.name);
      return expandName(scope, test.name, below);
    }
    return compare(scope, source, test, depth) ? "true" : "";
  }
  // The raw value decides, before any expansion (MCF-37).
  const holds =
    "name" in test ? (scope.lookup(test.name) ?? "") !== "" : compare(scope, source, test, depth);
  const selected = holds ? choice.whenTrue : choice.whenFalse;
  return selected === null ? "" : expandRange(scope, source, selected, below);
}

function expandName(scope: Scope, name: string, depth: Depth): string {
  const known = scope.known.get(name);
  if (known !== undefined) {
    const reached = {
      references: depth.references + known.height.references,
      relations: depth.relations + known.height.relations,
    };
    if (isReasonable(reached)) {
      scope.peak = deeper(scope.peak, reached);
      return known.text;
    }
  }
  const raw = scope.lookup(name);
  if (raw === null || raw === "") return "";

  const before = scope.peak;
  scope.peak = depth;
  scope.active.push(name);
  const text = expandRange(scope, { parameter: name, raw }, { start: 0, end: raw.length }, depth);
  scope.active.pop();
  const height = {
    references: scope.peak.references - depth.references,
    relations: scope.peak.relations - depth.relations,
  };
  scope.known.set(name, { text, height });
  scope.peak = deeper(before, scope.peak);
  return text;
}

function compare(
  scope: Scope,
  source: Source,
  { left, right, operator, levels }: Relation,
  depth: Depth,
): boolean {
  const before = scope.peak;
  const inside = { references: 0, relations: depth.relations + 1 };
  const leftText = expandRange(scope, source, left, inside);
  const rightText = expandRange(scope, source, right, inside);
  scope.peak = { ...before, relations: Math.max(before.relations, scope.peak.relations) };

  if (levels) {
    const order = compareLevels(
      readLevel(source, left, leftText),
      readLevel(source, right, rightText),
    );
    return holdsFor(operator, order);
  }
  if (isNumber(leftText) && isNumber(rightText)) {
    const order = readInteger(source, left, leftText) - readInteger(source, right, rightText);
    return holdsFor(operator, order < 0n ? -1 : order > 0n ? 1 : 0);
  }
  return holdsFor(operator, leftText < rightText ? -1 : leftText > rightText ? 1 : 0);
}

function holdsFor(operator: Operator, order: number): boolean {
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    case ">":
      return order > 0;
  }
}

function readLevel(source: Source, { start }: Range, text: string) {
  const level = parseCompatibilityLevel(text);
  if (level !== null) return level;
  throw new Fault(source, start, `a compatibility level such as 3.6, not "${shorten(text)}"`);
}

const LARGEST_INTEGER = 2n ** 63n - 1n;

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

/** Both operands are digits only: as numbers, 001 is 1 (MCF-42). */
function readInteger(source: Source, { start }: Range, text: string): bigint {
  const digits = text.replace(/^0+/, "");
  const value = digits.length > 19 ? LARGEST_INTEGER + 1n : BigInt(digits);
  if (value <= LARGEST_INTEGER) return value;
  throw new Fault(source, start, `a number up to ${LARGEST_INTEGER}, not "${shorten(text)}"`);
}

function guardNesting(source: Source, offset: number, depth: Depth): void {
  if (isReasonable(depth)) return;
  throw new Fault(source, offset, `at most ${DEEPEST_REFERENCE} references inside each other`);
}

/** The original goes round until the nesting is too deep: the same outcome, with less to read. */
function guardCycle({ active }: Scope, source: Source, shown: Range, name: string): void {
  const start = active.indexOf(name);
  if (start === -1) return;
  const way = [...active.slice(start), name].join(" -> ");
  throw new Fault(source, shown.start, `no reference that leads back to itself (${way})`, shown);
}

function isReasonable({ references, relations }: Depth): boolean {
  return references <= DEEPEST_REFERENCE && relations <= DEEPEST_RELATION;
}

function deeper(one: Depth, other: Depth): Depth {
  return {
    references: Math.max(one.references, other.references),
    relations: Math.max(one.relations, other.relations),
  };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
