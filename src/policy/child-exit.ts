/** What the end of a child tells about its service. Knows nothing of how it was learned. */
import type { Child } from "./child.ts";
import { warning } from "./report.ts";
import type { Report } from "./report.ts";
import type { Service } from "./service.ts";

const SIGTERM = 15;

/** Signals by number, as records give them. */
export type Ending =
  Readonly<{ exitStatus: number }> | Readonly<{ signal: number; coreDumped: boolean }>;

export type ExitVerdict = Readonly<{
  /** The service must be throttled (MST-88): the field of the `child-exited` event. */
  badStart: boolean;
  report: Report | null;
}>;

export function judgeExit(
  child: Child,
  ending: Ending,
  { leaving, throttled }: Pick<Service, "leaving" | "throttled">,
): ExitVerdict {
  if ("exitStatus" in ending && ending.exitStatus === 0) return { badStart: false, report: null };
  const expected = leaving || child.dismissed;
  const badStart = child.useCount === 0 && !throttled && !expected;
  if (expected && "signal" in ending && ending.signal === SIGTERM) {
    return { badStart, report: null };
  }
  const text = `process ${child.path} pid ${child.pid} ${describeEnding(ending)}`;
  return { badStart, report: warning(text) };
}

/** In the words of the original (MST-87). */
export function describeEnding(ending: Ending): string {
  return "signal" in ending
    ? `killed by signal ${ending.signal}`
    : `exit status ${ending.exitStatus}`;
}

/** Goes with the `kill-children` effect: the record of its end will only name the signal. */
export function survivorReport({ path, pid, service }: Child, killDelaySeconds: number): Report {
  const who = `process ${path} pid ${pid} of the removed service ${service}`;
  return warning(`${who} survived SIGTERM for ${killDelaySeconds}s: killing it`);
}
