/** The places that the master's records can go to. None of them can hold the master up. */
import { closeSync, constants, openSync, writeSync } from "node:fs";

import { postlogDestination, SYSLOG_SOCKET, syslogDestination } from "../log/destinations.ts";
import type { Destination } from "../log/logger.ts";
import { postlogMessage } from "../log/postlog-message.ts";
import { formatRecord, formatTime } from "../log/record.ts";
import type { LogRecord, Severity } from "../log/record.ts";
import { isAtLeast } from "../log/severity-policy.ts";
import { priority } from "../log/syslog-message.ts";
import type { Facility } from "../log/syslog-message.ts";
import { LogSocket } from "../os/log-socket.ts";
import { takesOutputNow } from "../os/poll.ts";
import type { LastWords } from "../os/readiness.ts";

export type MasterDestination = Destination &
  Readonly<{
    /** How the watchdog writes this record when this thread no longer can; null: not here, now. */
    lastWords: (record: LogRecord) => LastWords | null;
    close: () => void;
  }>;

const TIME_LENGTH = "Jan 01 00:00:00".length;

/** Records are lost for as long as nobody listens there. */
export function toSyslog(facility: Facility): MasterDestination {
  const socket = new LogSocket(SYSLOG_SOCKET);
  return {
    ...syslogDestination(socket, facility),
    lastWords: (record) =>
      lastWords(socket.fd, " ", {
        before: `<${priority(facility, record.severity)}>`,
        after: ` ${formatRecord(record)}`,
      }),
    close: () => socket.close(),
  };
}

export type PostlogTarget = Readonly<{
  socketPath: string;
  hostName: string;
  /** For when postlogd does not take a record (MST-133). */
  file: Readonly<{ path: string; mode: number }> | null;
}>;

export function toPostlog({ socketPath, hostName, file }: PostlogTarget): MasterDestination {
  const socket = new LogSocket(socketPath);
  return {
    ...postlogDestination(socket, hostName, (line) => {
      if (file !== null) appendLine(file, line);
    }),
    lastWords: (record) => {
      const after = postlogMessage(record, hostName).slice(TIME_LENGTH);
      return lastWords(socket.fd, "0", { before: "", after });
    },
    close: () => socket.close(),
  };
}

/** A descriptor that a person or a service manager reads. A reader that stops loses lines. */
export function toDescriptor(fd: number, least: Severity = "info"): MasterDestination {
  return {
    write(record) {
      if (!isAtLeast(record.severity, least)) return;
      writeLine(fd, `${formatTime(record.time, " ")} ${formatRecord(record)}`);
    },
    lastWords: (record) => lastWords(fd, " ", { before: "", after: ` ${formatRecord(record)}\n` }),
    close: () => {},
  };
}

function lastWords(
  fd: number | null,
  dayPadding: " " | "0",
  { before, after }: { before: string; after: string },
): LastWords | null {
  return fd === null ? null : { fd, dayPadding, before, after };
}

/**
 * A log that cannot be written is no reason to end (MST-132, deviation), nor to wait: a named pipe
 * that nobody reads refuses to be opened like this.
 */
function appendLine({ path, mode }: { path: string; mode: number }, line: string): void {
  if (path === "/dev/stdout") return writeLine(1, line);
  const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
  try {
    const fd = openSync(path, O_APPEND | O_CREAT | O_NONBLOCK | O_WRONLY, mode);
    try {
      writeSync(fd, `${line}\n`);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    writeLine(2, `cannot write ${path} (${codeOf(error)}): ${line}`);
  }
}

function writeLine(fd: number, line: string): void {
  if (!takesOutputNow(fd)) return;
  try {
    writeSync(fd, `${line}\n`);
  } catch (error) {
    codeOf(error); // nobody reads any more, and there is nowhere to say so
  }
}

/** Of a failed system call; anything else is a mistake of ours. */
function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}
