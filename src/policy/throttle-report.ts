/** A throttle explains itself in one record. Knows nothing of where the facts come from. */
import { describeEnding } from "./child-exit.ts";
import type { Ending } from "./child-exit.ts";
import { warning } from "./report.ts";
import type { Report } from "./report.ts";

/** A record has 2,000 bytes: no part may push the others out. */
const COMMAND_LINE_BYTES = 800;
const ERROR_LINE_BYTES = 400;

export type ThrottleCause =
  | Readonly<{ type: "child-ended"; pid: number; ending: Ending }>
  /** No process came to be: `reason` is what the system said. */
  | Readonly<{ type: "spawn-failed"; reason: string }>;

export type ThrottleFacts = Readonly<{
  path: string;
  /** As run, from argv[0] on. */
  commandLine: readonly string[];
  cause: ThrottleCause;
  /** Null when the child wrote nothing there, or nobody reads it. */
  lastErrorLine: string | null;
  delaySeconds: number;
}>;

export function throttleReport(facts: ThrottleFacts): Report {
  const { path, commandLine, cause, lastErrorLine, delaySeconds } = facts;
  const parts = [
    `${path}: bad command startup -- throttling: ${describeCause(cause)}`,
    ...(lastErrorLine === null
      ? []
      : [`its last line on standard error: "${shortened(lastErrorLine, ERROR_LINE_BYTES)}"`]),
    `run as: ${shortened(commandLine.map(quoted).join(" "), COMMAND_LINE_BYTES)}`,
    `next attempt in ${delaySeconds}s, until then new clients wait`,
  ];
  return warning(parts.join("; "));
}

function describeCause(cause: ThrottleCause): string {
  if (cause.type === "spawn-failed") return `cannot start a process: ${cause.reason}`;
  const { pid, ending } = cause;
  const core = "signal" in ending && ending.coreDumped ? " (core dumped)" : "";
  return `pid ${pid} ${describeEnding(ending)}${core}`;
}

/** As it would be written in master.cf (SVC-46). */
function quoted(word: string): string {
  return word === "" || /[\s{}]/.test(word) ? `{${word}}` : word;
}

function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}...`;
}
