import { describe, expect, test } from "bun:test";

import { throttleReport } from "../../src/policy/throttle-report.ts";
import type { ThrottleFacts } from "../../src/policy/throttle-report.ts";

const facts: ThrottleFacts = {
  path: "/daemons/smtpd",
  commandLine: ["smtpd", "-n", "smtp", "-o", "a=b c", ""],
  cause: { type: "child-ended", pid: 42, ending: { exitStatus: 1 } },
  lastErrorLine: "fatal: no such table",
  delaySeconds: 4,
};

describe("the record of a throttle", () => {
  test("says how the child ended, its last words, its command line and the next attempt", () => {
    expect(throttleReport(facts)).toEqual({
      severity: "warning",
      text:
        "/daemons/smtpd: bad command startup -- throttling: pid 42 exit status 1; " +
        'its last line on standard error: "fatal: no such table"; ' +
        "run as: smtpd -n smtp -o {a=b c} {}; " +
        "next attempt in 4s, until then new clients wait",
    });
  });

  test.each([
    [true, "pid 42 killed by signal 11 (core dumped); run as"],
    [false, "pid 42 killed by signal 11; run as"],
  ])("names the signal, and a core dump: %p", (coreDumped, part) => {
    const cause = { type: "child-ended", pid: 42, ending: { signal: 11, coreDumped } } as const;
    expect(throttleReport({ ...facts, cause, lastErrorLine: null }).text).toContain(part);
  });

  test("says why no process could be started", () => {
    const cause = { type: "spawn-failed", reason: "ENOENT" } as const;
    expect(throttleReport({ ...facts, cause, lastErrorLine: null }).text).toBe(
      "/daemons/smtpd: bad command startup -- throttling: cannot start a process: ENOENT; " +
        "run as: smtpd -n smtp -o {a=b c} {}; next attempt in 4s, until then new clients wait",
    );
  });

  test("keeps every part when the command line or the error line is long", () => {
    const commandLine = ["x".repeat(5000)];
    const { text } = throttleReport({ ...facts, commandLine, lastErrorLine: "y".repeat(5000) });
    expect(text.length).toBeLessThan(1500);
    expect(text).toContain(`"${"y".repeat(400)}..."; run as: ${"x".repeat(800)}...; next attempt`);
  });
});
