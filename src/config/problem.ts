/** What can be wrong with a configuration, and where. Knows nothing of how it is reported. */

/** `line` and `column` count from 1; a column counts bytes. */
export type Position = Readonly<{ file: string; line: number; column: number }>;

export type Severity = "error" | "warning" | "info";

/** `at` is null when no place in a file is to blame, as with a missing file or a built-in default. */
export type Problem = Readonly<{
  severity: Severity;
  at: Position | null;
  message: string;
  /** The near miss that was probably meant, as it should be written. */
  suggestion?: string;
}>;

/** A value with everything that is wrong with what it was made from. */
export type Checked<T> = Readonly<{ value: T; problems: readonly Problem[] }>;

export function errorAt(at: Position | null, message: string, suggestion?: string): Problem {
  return problem("error", at, message, suggestion);
}

export function warningAt(at: Position | null, message: string, suggestion?: string): Problem {
  return problem("warning", at, message, suggestion);
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** One line in the form that editors and log readers understand. */
export function describeProblem(problem: Problem): string {
  return `${placeOf(problem)}${problem.severity}: ${messageOf(problem)}`;
}

/** The same for a log record, which has its severity itself. */
export function recordText(problem: Problem): string {
  return `${placeOf(problem)}${messageOf(problem)}`;
}

function placeOf({ at }: Problem): string {
  return at === null ? "" : `${at.file}:${at.line}:${at.column}: `;
}

function messageOf({ message, suggestion }: Problem): string {
  return suggestion === undefined ? message : `${message} (did you mean "${suggestion}"?)`;
}

function problem(
  severity: Severity,
  at: Position | null,
  message: string,
  suggestion?: string,
): Problem {
  return { severity, at, message, ...(suggestion === undefined ? {} : { suggestion }) };
}
