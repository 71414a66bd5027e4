/** A service's mistake as one log record. */

/** With the places where it happened; a record is one line. */
export function describeException(error: unknown): string {
  const text =
    error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ");
}
