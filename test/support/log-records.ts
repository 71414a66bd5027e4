/** Reads a mail log in Postfix's line format (MST-131, MCF-01). */

export type LogRecord = Readonly<{
  tag: string;
  pid: number;
  severity: "info" | "warning" | "error" | "fatal" | "panic";
  text: string;
  line: string;
}>;

const LINE =
  /^(?:<\d+>)?\w{3} [ \d]\d \d\d:\d\d:\d\d (?:\S+ )?(\S+)\[(\d+)\]: (?:(warning|error|fatal|panic): )?(.*)$/;

/** A line in no known form is an error: log watchers could not read it either. */
export function parseLog(text: string): LogRecord[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const match = LINE.exec(line);
      if (match === null) throw new Error(`not in the log format: "${line}"`);
      const [, tag = "", pid, severity = "info", rest = ""] = match;
      return {
        tag,
        pid: Number(pid),
        severity: severity as LogRecord["severity"],
        text: rest,
        line,
      };
    });
}
