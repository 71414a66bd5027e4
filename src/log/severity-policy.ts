/** What a record of high severity means for the process that logs it (MCF-04, MCF-05). */
import type { Severity } from "./record.ts";

/** The last error of this many becomes fatal: "too many errors". */
export const ERRORS_BEFORE_FATAL = 13;
/** After a fatal record or a panic, so that a process that is restarted at once does not spin. */
export const SLEEP_BEFORE_EXIT_SECONDS = 1;
export const FATAL_EXIT_STATUS = 1;

/** From harmless to worst. */
export const SEVERITY_ORDER: readonly Severity[] = ["info", "warning", "error", "fatal", "panic"];

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITY_ORDER.indexOf(severity) >= SEVERITY_ORDER.indexOf(least);
}
