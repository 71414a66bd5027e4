/**
 * The grammar inside `${…}`: what is tested and which text each outcome selects (MCF-35 to MCF-46).
 * Evaluates nothing: expand.ts does.
 */
/** Part of the text that is being read. */
export type Range = Readonly<{ start: number; end: number }>;

export type Operator = "==" | "!=" | "<" | "<=" | ">=" | ">";

export type Relation = Readonly<{
  left: Range;
  right: Range;
  operator: Operator;
  /** The operands are compatibility levels (MCF-44). */
  levels: boolean;
}>;

/** Without a choice a name stands for its value and a relation for `true` or nothing. */
export type Expression = Readonly<{
  test: Readonly<{ name: string }> | Relation;
  choice: Readonly<{ whenTrue: Range | null; whenFalse: Range | null }> | null;
}>;

/** Thrown at `offset` of the text; expand.ts makes a value of it. */
export class ExpressionFault {
  readonly offset: number;
  readonly expected: string;

  constructor(offset: number, expected: string) {
    this.offset = offset;
    this.expected = expected;
  }
}

/** Read the expression that fills `range`. */
export function parseExpression(text: string, { start, end }: Range): Expression {
  const first = skipBlanks(text, start, end);
  if (first < end && text[first] === "{") {
    const { relation, next } = parseRelation(text, first, end);
    return { test: relation, choice: parseChoice(text, next, end, '"?", ":" or the end here') };
  }
  const nameEnd = endOfName(text, first, end);
  const test = { name: text.slice(first, nameEnd) };
  const next = skipBlanks(text, nameEnd, end);
  return { test, choice: parseChoice(text, next, end, NAME_EXPECTED) };
}

/** The end of the longest name that starts here (MCF-31). */
export function endOfName(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isNameCharacter(text.charCodeAt(at))) at++;
  return at;
}

/** The place of the closer that matches the opener at `start`, or -1. Other brackets are plain text. */
export function findCloser(text: string, start: number, end: number): number {
  const opener = text.charCodeAt(start);
  const closer = opener === BRACE ? CLOSING_BRACE : CLOSING_PARENTHESIS;
  let depth = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === opener) depth++;
    else if (code === closer && --depth === 0) return at;
  }
  return -1;
}

const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const CLOSING_PARENTHESIS = 0x29;
const NAME_EXPECTED = 'letters, digits and "_" as a name';
const OPERATOR = /[<>!=?+\-*/~&|%]*/y;
const SUFFIX = /[A-Za-z0-9]*/y;
const OPERATORS: readonly string[] = ["==", "!=", "<", "<=", ">=", ">"] satisfies Operator[];

function parseRelation(
  text: string,
  start: number,
  end: number,
): { relation: Relation; next: number } {
  const left = parseBraced(text, start, end);
  const operatorStart = left.next;
  const operatorEnd = Math.min(end, matchEnd(OPERATOR, text, operatorStart));
  const operator = text.slice(operatorStart, operatorEnd);
  if (!isOperator(operator)) {
    throw new ExpressionFault(operatorStart, 'one of "==", "!=", "<", "<=", ">=", ">" here');
  }
  const suffixEnd = Math.min(end, matchEnd(SUFFIX, text, operatorEnd));
  const suffix = text.slice(operatorEnd, suffixEnd);
  if (suffix !== "" && suffix !== "level") {
    throw new ExpressionFault(operatorEnd, `"level" or nothing after "${operator}"`);
  }
  const rightStart = skipBlanks(text, suffixEnd, end);
  if (rightStart >= end || text[rightStart] !== "{") {
    throw new ExpressionFault(rightStart, `"{" and an operand after "${operator}${suffix}"`);
  }
  const right = parseBraced(text, rightStart, end);
  const relation = {
    left: left.payload,
    right: right.payload,
    operator,
    levels: suffix === "level",
  };
  return { relation, next: right.next };
}

function parseChoice(
  text: string,
  start: number,
  end: number,
  otherwise: string,
): Expression["choice"] {
  if (start >= end) return null;
  if (text[start] === ":") {
    return { whenTrue: null, whenFalse: parseLastOperand(text, start + 1, end) };
  }
  if (text[start] !== "?") throw new ExpressionFault(start, otherwise);

  const first = skipBlanks(text, start + 1, end);
  if (first >= end || text[first] !== "{") {
    return { whenTrue: { start: start + 1, end }, whenFalse: null }; // to the end, ":" included (MCF-39)
  }
  const { payload: whenTrue, next } = parseBraced(text, first, end);
  if (next >= end) return { whenTrue, whenFalse: null };
  if (text[next] !== ":") throw new ExpressionFault(next, '":" or the end after a braced text');
  return { whenTrue, whenFalse: parseLastOperand(text, next + 1, end) };
}

function parseLastOperand(text: string, start: number, end: number): Range {
  const first = skipBlanks(text, start, end);
  if (first >= end || text[first] !== "{") return { start, end };
  const { payload, next } = parseBraced(text, first, end);
  if (next < end) throw new ExpressionFault(next, "nothing after the last braced text");
  return payload;
}

/** The inside of balanced braces, and the first place after them that is not blank. */
function parseBraced(text: string, start: number, end: number): { payload: Range; next: number } {
  const closer = findCloser(text, start, end);
  if (closer === -1) throw new ExpressionFault(start, 'a "}" for this "{"');
  return {
    payload: { start: start + 1, end: closer },
    next: skipBlanks(text, closer + 1, end),
  };
}

function isOperator(text: string): text is Operator {
  return OPERATORS.includes(text);
}

function matchEnd(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  pattern.test(text);
  return pattern.lastIndex;
}

/** Vertical TAB and form feed are no blanks inside an expression, unlike in the file. */
export function skipBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  );
}
