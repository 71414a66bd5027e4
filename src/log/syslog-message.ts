/** What /dev/log expects: the priority in front, then the line. Knows no sockets. */
import { formatRecord, formatTime, type LogRecord, type Severity } from "./record.ts";

/** MCF-70 and syslog(3). */
const FACILITIES = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  security: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type Facility = keyof typeof FACILITIES;

/** MCF-02. */
const LEVELS: Readonly<Record<Severity, number>> = {
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
  panic: 2,
};

export function isFacility(name: string): name is Facility {
  return Object.hasOwn(FACILITIES, name);
}

/** The number that stands in front of a message, in angle brackets. */
export function priority(facility: Facility, severity: Severity): number {
  return FACILITIES[facility] * 8 + LEVELS[severity];
}

export function syslogMessage(record: LogRecord, facility: Facility): string {
  const time = formatTime(record.time, " ");
  return `<${priority(facility, record.severity)}>${time} ${formatRecord(record)}`;
}
