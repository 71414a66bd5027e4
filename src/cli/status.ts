/** Does a master run? Writes nothing, logs nothing, and needs no privilege. */
import { statSync } from "node:fs";
import { join } from "node:path";

import { defineCommand } from "citty";

import { evaluateMainCf } from "../config/evaluate.ts";
import { type MainCf, parseMainCf } from "../config/main-cf.ts";
import { PARAMETERS } from "../config/parameters.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { readConfigurationFileNow } from "../os/configuration-file.ts";
import { currentHost } from "../os/host.ts";
import { lockIsHeld } from "../os/lock-file.ts";
import { findLockHolder } from "../os/lock-table.ts";
import { SystemError, throwSystemError } from "../os/system-error.ts";
import { CommandFailure, StatusExitCode } from "./exit.ts";
import { print, printError } from "./print.ts";

/** Under these names the original and pfmaster find each other's lock, too (MST-37). */
const PID_FILE = "pid/master.pid";
const NAME = "queue_directory";
const DEFAULT_DIRECTORY = "/etc/postfix";

type Finding =
  | Readonly<{ state: "running"; pid: number | null }>
  | Readonly<{ state: "deadWithPidFile"; pid: number }>
  | Readonly<{ state: "notRunning" }>
  | Readonly<{ state: "unknown"; reason: string }>;

export const status = defineCommand({
  meta: {
    name: "status",
    description:
      "Tell whether a master runs: exit 0 running, 1 dead with a stale pid file, 3 not running, 4 cannot tell",
  },
  args: {
    config: {
      type: "string",
      alias: "c",
      valueHint: "dir",
      description: "Configuration directory",
    },
    quiet: { type: "boolean", alias: "q", description: "Print nothing, only exit" },
  },
  run({ args }) {
    const directory = args.config ?? process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY;
    const finding = findMaster(directory);
    if (args.quiet !== true) reportIfPossible(finding);
    return StatusExitCode[finding.state];
  },
});

/** The exit code is the answer; that nobody can read the words does not change it. */
function reportIfPossible(finding: Finding): void {
  try {
    report(finding);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
  }
}

function findMaster(directory: string): Finding {
  try {
    const queueDirectory = readQueueDirectory(directory);
    if (queueDirectory === null) {
      return {
        state: "unknown",
        reason: `cannot read queue_directory from "${directory}/main.cf"`,
      };
    }
    return examine(join(queueDirectory, PID_FILE));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { state: "unknown", reason: error.message };
  }
}

/** Errors elsewhere in main.cf are no reason not to answer. */
function readQueueDirectory(directory: string): string | null {
  const path = join(directory, "main.cf");
  const { value: mainCf } = parseMainCf(readConfigurationFileNow(path), path);
  const raw = mainCf.parameters.get(NAME)?.value ?? PARAMETERS.get(NAME)?.default ?? "";
  // A health check runs often, and a whole evaluation is a third of its work.
  const text = raw.includes("$") ? evaluate(mainCf) : raw;
  return text === "" ? null : decodeByteString(text);
}

function evaluate(mainCf: MainCf): string {
  const host = currentHost({ processName: "master", argv0: process.argv0 });
  return evaluateMainCf(mainCf, host).value.texts.get(NAME) ?? "";
}

/**
 * The kernel's table of locks first: reading it disturbs nobody and needs no permission on the file.
 * A master in another pid namespace is not in it, so a file that looks free there is tried with a
 * shared lock, for the microseconds in which only a master that starts just then would notice.
 */
function examine(pidFile: string): Finding {
  if (!exists(pidFile)) return { state: "notRunning" };
  const holder = findLockHolder(pidFile);
  if (holder !== null) return { state: "running", pid: holder };
  const lock = lockIsHeld(pidFile);
  if (typeof lock === "object") return { state: "unknown", reason: lock.error.message };
  if (lock === "missing") return { state: "notRunning" };
  const pid = readPid(pidFile);
  if (lock === "held") return { state: "running", pid };
  return pid === null ? { state: "notRunning" } : { state: "deadWithPidFile", pid };
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return throwSystemError(error, path);
  }
}

/** The number that stands alone on the first line (MST-43). */
function readPid(path: string): number | null {
  const [line = ""] = readConfigurationFileNow(path).split("\n", 1);
  const pid = /^\s*(\d+)\s*$/.exec(line)?.[1];
  return pid === undefined ? null : Number(pid);
}

function report(finding: Finding): void {
  switch (finding.state) {
    case "running":
      return print(`running${finding.pid === null ? "" : `, pid ${finding.pid}`}\n`);
    case "deadWithPidFile":
      return print(`not running: the pid file of ${finding.pid} is stale\n`);
    case "notRunning":
      return print("not running\n");
    case "unknown":
      return printError(`pfmaster: status: cannot tell: ${finding.reason}\n`);
  }
}
