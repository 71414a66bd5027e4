import { describe, expect, test } from "bun:test";

import { judgeExit, survivorReport } from "../../src/policy/child-exit.ts";
import type { Ending, ExitVerdict } from "../../src/policy/child-exit.ts";
import type { Child } from "../../src/policy/child.ts";

const unused: Child = {
  pid: 42,
  generation: 7,
  service: "25 inet",
  path: "/daemons/smtpd",
  commandLine: ["smtpd"],
  useCount: 0,
  idle: true,
  retiring: false,
  dismissed: false,
};
const used: Child = { ...unused, useCount: 1 };
const dismissed: Child = { ...unused, dismissed: true };
const normal: Ending = { exitStatus: 0 };
const failed: Ending = { exitStatus: 1 };
const terminated: Ending = { signal: 15, coreDumped: false };
const killed: Ending = { signal: 9, coreDumped: false };
const running = { leaving: false, throttled: false };
const throttled = { leaving: false, throttled: true };
const leaving = { leaving: true, throttled: false };

const silent: ExitVerdict = { badStart: false, report: null };
function verdict(badStart: boolean, text: string): ExitVerdict {
  const report = { severity: "warning" as const, text: `process /daemons/smtpd pid 42 ${text}` };
  return { badStart, report };
}

describe("the end of a child (MST-86 to MST-89, MST-65)", () => {
  test.each<[string, Child, Ending, typeof running, ExitVerdict]>([
    ["status 0 is normal, even unused", unused, normal, running, silent],
    ["status 0 is normal", used, normal, running, silent],
    ["a failure before the first request", unused, failed, running, verdict(true, "exit status 1")],
    ["a failure after a request", used, failed, running, verdict(false, "exit status 1")],
    [
      "a signal before the first request",
      unused,
      killed,
      running,
      verdict(true, "killed by signal 9"),
    ],
    ["a signal after a request", used, killed, running, verdict(false, "killed by signal 9")],
    ["SIGTERM from elsewhere", unused, terminated, running, verdict(true, "killed by signal 15")],
    ["a failure during a pause", unused, failed, throttled, verdict(false, "exit status 1")],
    ["our SIGTERM to a removed service", unused, terminated, leaving, silent],
    [
      "another signal in a removed service",
      unused,
      killed,
      leaving,
      verdict(false, "killed by signal 9"),
    ],
    ["a failure in a removed service", unused, failed, leaving, verdict(false, "exit status 1")],
    ["our SIGTERM, in a service that came back", dismissed, terminated, running, silent],
    [
      "SIGKILL after our SIGTERM, in a service that came back",
      dismissed,
      killed,
      running,
      verdict(false, "killed by signal 9"),
    ],
  ])("%s", (_, child, ending, service, expected) => {
    expect(judgeExit(child, ending, service)).toEqual(expected);
  });
});

test("a child that ignores SIGTERM is named before it is killed", () => {
  expect(survivorReport(unused, 10)).toEqual({
    severity: "warning",
    text: "process /daemons/smtpd pid 42 of the removed service 25 inet survived SIGTERM for 10s: killing it",
  });
});
