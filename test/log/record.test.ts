import { describe, expect, test } from "bun:test";

import { postlogMessage } from "../../src/log/postlog-message.ts";
import { formatRecord, formatTime, type LogRecord, type Severity } from "../../src/log/record.ts";
import { isFacility, priority, syslogMessage } from "../../src/log/syslog-message.ts";

const RECORD: LogRecord = {
  severity: "info",
  text: "daemon started",
  tag: "postfix/master",
  pid: 42,
  time: new Date(2024, 0, 5, 7, 8, 9),
};

describe("log line (MCF-01)", () => {
  test.each<[Severity, string]>([
    ["info", "postfix/master[42]: daemon started"],
    ["warning", "postfix/master[42]: warning: daemon started"],
    ["error", "postfix/master[42]: error: daemon started"],
    ["fatal", "postfix/master[42]: fatal: daemon started"],
    ["panic", "postfix/master[42]: panic: daemon started"],
  ])("%s", (severity, line) => {
    expect(formatRecord({ ...RECORD, severity })).toBe(line);
  });

  test("a record is one line, whatever is in it", () => {
    const text = "a\nb\r\0c\x1b[31m\x7f\u009b\u2028\ud800 Grüße 🐘";
    expect(formatRecord({ ...RECORD, text })).toEndWith(": a?b??c?[31m???? Grüße 🐘");
  });

  test("the text is cut at 2000 bytes, never inside a character", () => {
    const length = (text: string) =>
      Buffer.byteLength(formatRecord({ ...RECORD, text })) - "postfix/master[42]: ".length;
    expect(length("x".repeat(2000))).toBe(2000);
    expect(length("x".repeat(2001))).toBe(2000);
    expect(length("ü".repeat(1500))).toBe(2000);
    expect(length("x" + "ü".repeat(1500))).toBe(1999);
    expect(formatRecord({ ...RECORD, text: "x" + "ü".repeat(1500) })).not.toContain("\ufffd");
  });
});

describe("syslog", () => {
  test("priority, time with a padded day, line", () => {
    expect(syslogMessage(RECORD, "mail")).toBe(
      "<22>Jan  5 07:08:09 postfix/master[42]: daemon started",
    );
  });

  test.each<[Severity, number]>([
    ["info", 22],
    ["warning", 20],
    ["error", 19],
    ["fatal", 18],
    ["panic", 18],
  ])("%s has its own priority (MCF-02)", (severity, expected) => {
    expect(priority("mail", severity)).toBe(expected);
  });

  test("facilities are known by their exact names (MCF-70)", () => {
    expect(["auth", "authpriv", "security", "local0", "local7", "uucp"].every(isFacility)).toBe(
      true,
    );
    expect(["Mail", "local8", "", "toString"].some(isFacility)).toBe(false);
    expect([priority("local7", "info"), priority("authpriv", "error")]).toEqual([190, 83]);
  });
});

describe("postlog (MST-131)", () => {
  test("time with a zero before the day, first label of the host, line", () => {
    const line = "Jan 05 07:08:09 mail postfix/master[42]: daemon started";
    expect(postlogMessage(RECORD, "mail.example.org")).toBe(line);
    expect(postlogMessage(RECORD, "mail")).toBe(line);
  });

  test("a host without name is amnesiac", () => {
    expect(postlogMessage(RECORD, "")).toContain(" amnesiac ");
    expect(formatTime(new Date(2024, 11, 31, 23, 59, 58), "0")).toBe("Dec 31 23:59:58");
  });
});
