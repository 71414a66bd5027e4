/** One log record and the line it becomes. Log watchers parse it: every blank counts. */

export type Severity = "info" | "warning" | "error" | "fatal" | "panic";

export type LogRecord = Readonly<{
  severity: Severity;
  text: string;
  /** `<name>/<program>` (MCF-03). */
  tag: string;
  pid: number;
  time: Date;
}>;

/** MCF-01: of the text, in bytes. */
const TEXT_BYTES = 2000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `tag[pid]: severity: text`, the severity left out for info. */
export function formatRecord({ severity, text, tag, pid }: LogRecord): string {
  const label = severity === "info" ? "" : `${severity}: `;
  return `${tag}[${pid}]: ${label}${cut(printable(text))}`;
}

/** Local time, as syslog has written it from the start. */
export function formatTime(time: Date, dayPadding: " " | "0"): string {
  const day = String(time.getDate()).padStart(2, dayPadding);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${MONTHS[time.getMonth()]} ${day} ${clock}`;
}

/** One record stays one line; letters of other languages stay what they are. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, "?");
}

function cut(text: string): string {
  if (text.length * 3 <= TEXT_BYTES) return text; // no character takes more bytes than that
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= TEXT_BYTES) return text;
  let end = TEXT_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--; // not in the middle of a character
  return new TextDecoder().decode(bytes.subarray(0, end));
}
