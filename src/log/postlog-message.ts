/** What postlogd and maillog_file expect (MST-131). Knows no sockets and no files. */
import { formatRecord, formatTime, type LogRecord } from "./record.ts";

const NO_HOST = "amnesiac";

/** `host` may be a full name: its first label is used. No newline at the end. */
export function postlogMessage(record: LogRecord, host: string): string {
  const label = host.split(".", 1)[0];
  const name = label === undefined || label === "" ? NO_HOST : label;
  return `${formatTime(record.time, "0")} ${name} ${formatRecord(record)}`;
}
