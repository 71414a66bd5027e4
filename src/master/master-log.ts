/** Where the master's records go as its life goes on: before main.cf is known, at start, serving. */
import { fstatSync } from "node:fs";

import { type Problem, recordText } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { DEFAULT_FACILITY } from "../log/destinations.ts";
import { createLogger } from "../log/logger.ts";
import type { Logger } from "../log/logger.ts";
import { isFacility } from "../log/syslog-message.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { closeFd, duplicate } from "../os/descriptor.ts";
import type { Readiness } from "../os/readiness.ts";
import { toDescriptor, toPostlog, toSyslog } from "./log-destinations.ts";
import type { MasterDestination } from "./log-destinations.ts";

/** MCF-03: the program part of the tag does not depend on what we are called (design.md). */
const PROGRAM = "master";
const DEFAULT_NAME = "postfix";

type Watchdog = Readonly<{ readiness: Readiness; text: string }>;

export class MasterLog {
  readonly logger: Logger;
  readonly #keepStdout: boolean;
  #tag = `${process.env["MAIL_LOGTAG"] ?? DEFAULT_NAME}/${PROGRAM}`;
  /** Syslog or the log file: one at a time (MST-131). */
  #main: MasterDestination;
  /** Standard output, where it is to be kept and no log file is configured. */
  #console: MasterDestination | null;
  /** A copy of standard error, for a person who watches the start. */
  #terminalFd: number | null;
  #postlog: Readonly<Record<string, string>> = {};
  #watchdog: Watchdog | null = null;

  constructor({ verbosity, keepStdout }: { verbosity: number; keepStdout: boolean }) {
    this.#keepStdout = keepStdout;
    this.#terminalFd = isOpen(2) ? duplicate(2) : null;
    this.#console = keepStdout ? toDescriptor(1) : null;
    const socketPath = process.env["POSTLOG_SERVICE"] ?? "";
    const hostName = process.env["POSTLOG_HOSTNAME"] ?? "";
    this.#main = // MST-129
      socketPath === ""
        ? toSyslog(DEFAULT_FACILITY)
        : toPostlog({ socketPath, hostName, file: null });
    this.logger = createLogger({ tag: this.#tag, verbosity, destinations: [] });
    this.#connect();
  }

  /** main.cf is known: the name, the facility and the log file are what it says. */
  useSettings(settings: Settings): void {
    this.#tag = `${decodeByteString(settings.syslogName)}/${PROGRAM}`;
    this.logger.setTag(this.#tag);
    this.#main.close();
    const { maillogFile, syslogFacility: facility } = settings;
    if (maillogFile === "") {
      this.#main = toSyslog(isFacility(facility) ? facility : DEFAULT_FACILITY);
      this.#postlog = {};
    } else {
      this.#useLogFile(settings);
    }
    this.#console = this.#keepStdout && maillogFile === "" ? toDescriptor(1) : null;
    this.#connect();
  }

  /** What children need to find the log file's daemon (MST-132). */
  childEnvironment(): Readonly<Record<string, string>> {
    return this.#postlog;
  }

  problems(problems: readonly Problem[]): void {
    for (const problem of problems) {
      this.logger.write({
        severity: problem.severity,
        text: decodeByteString(recordText(problem)),
      });
    }
  }

  /** The start is over: nobody watches any more. */
  closeTerminal(): void {
    if (this.#terminalFd === null) return;
    closeFd(this.#terminalFd);
    this.#terminalFd = null;
    this.#connect();
  }

  /** What the watchdog's thread writes when this one no longer runs. */
  giveLastWords(readiness: Readiness, text: string): void {
    this.#watchdog = { readiness, text };
    this.#connect();
  }

  /** A mistake of ours: recorded with its trace, then the process ends and leaves a core (MCF-04). */
  panic(error: unknown): void {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      this.logger.panic(trace.replaceAll(/\s*\n\s*/g, " | "));
    } finally {
      process.abort();
    }
  }

  #useLogFile(settings: Settings): void {
    const { queueDirectory, postlogServiceName, maillogFile, maillogFilePermissions } = settings;
    const socketPath = decodeByteString(`${queueDirectory}/public/${postlogServiceName}`);
    const hostName = decodeByteString(settings.myhostname);
    const mode = Number.parseInt(maillogFilePermissions, 8);
    const file = { path: decodeByteString(maillogFile), mode };
    this.#main = toPostlog({ socketPath, hostName, file });
    this.#postlog = { POSTLOG_SERVICE: socketPath, POSTLOG_HOSTNAME: hostName };
  }

  /** After every change of a destination or the tag. */
  #connect(): void {
    const lasting = this.#console === null ? [this.#main] : [this.#main, this.#console];
    const terminal = this.#terminalFd === null ? [] : [toDescriptor(this.#terminalFd, "warning")];
    this.logger.setDestinations([...lasting, ...terminal]);
    if (this.#watchdog === null) return;
    const { readiness, text } = this.#watchdog;
    const record = {
      severity: "fatal",
      text,
      tag: this.#tag,
      pid: process.pid,
      time: new Date(),
    } as const;
    const words = lasting.map((destination) => destination.lastWords(record));
    readiness.setLastWords(words.filter((one) => one !== null));
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EBADF") return false;
    throw error;
  }
}
