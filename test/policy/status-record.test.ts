import { describe, expect, test } from "bun:test";

import { newChild } from "../../src/policy/child.ts";
import type { Child } from "../../src/policy/child.ts";
import { judgeStatus } from "../../src/policy/status-record.ts";
import { STATUS_IDLE, STATUS_RETIRING, STATUS_TAKEN } from "../../src/protocol/status-record.ts";

const service = { identity: "25 inet", externalName: "smtp", canonicalName: "25" };
const idleChild: Child = newChild({
  pid: 42,
  generation: 7,
  service: "25 inet",
  path: "/daemons/smtpd",
  commandLine: ["smtpd", "-n", "smtp"],
});
const takenChild: Child = { ...idleChild, idle: false, useCount: 3 };
const nothing = { type: "ignored", report: null } as const;

function judge(child: Child | undefined, status: number, generation = 7) {
  const record = { pid: 42, generation, status };
  return judgeStatus({ service, record, byteCount: 12, child });
}

describe("a status record (MST-95 to MST-100)", () => {
  test("that says taken takes an idle child", () => {
    expect(judge(idleChild, STATUS_TAKEN)).toEqual({
      type: "accepted",
      child: { ...idleChild, idle: false },
      event: { type: "child-taken" },
    });
  });

  test("that says idle completes the request of a taken child", () => {
    expect(judge(takenChild, STATUS_IDLE)).toEqual({
      type: "accepted",
      child: { ...takenChild, idle: true, useCount: 4 },
      event: { type: "child-idle" },
    });
  });

  test("is dropped in silence when it repeats what is known", () => {
    expect(judge(idleChild, STATUS_IDLE)).toEqual(nothing);
    expect(judge(takenChild, STATUS_TAKEN)).toEqual(nothing);
  });

  test.each([idleChild, takenChild])(
    "that says retiring is accepted from idle=$idle (D17)",
    (child) => {
      expect(judge(child, STATUS_RETIRING)).toEqual({
        type: "accepted",
        child: { ...child, idle: false, retiring: true },
        event: { type: "child-retiring", wasIdle: child.idle },
      });
    },
  );

  test.each([STATUS_TAKEN, STATUS_IDLE, STATUS_RETIRING])(
    "of a retiring child is dropped in silence: %d",
    (status) => {
      expect(judge({ ...takenChild, retiring: true }, status)).toEqual(nothing);
    },
  );

  test("is dropped in silence when no living child has that pid", () => {
    expect(judge(undefined, STATUS_TAKEN)).toEqual(nothing);
  });

  test("of an earlier child with the same pid is dropped with a note", () => {
    expect(judge(idleChild, STATUS_TAKEN, 6)).toEqual({
      type: "ignored",
      report: {
        severity: "info",
        text: "ignoring status update from child pid 42 generation 6",
      },
    });
  });

  test("in the name of another service's child is dropped with a warning (MST-97)", () => {
    expect(judge({ ...idleChild, service: "private/local unix" }, STATUS_TAKEN)).toEqual({
      type: "ignored",
      report: {
        severity: "warning",
        text: "service smtp(25): ignoring status update in the name of pid 42 of another service, private/local unix",
      },
    });
  });

  test.each([3, -1, 256])("with the unknown status %d is dropped with a warning", (status) => {
    expect(judge(takenChild, status)).toEqual({
      type: "ignored",
      report: {
        severity: "warning",
        text: `service smtp(25): ignoring unknown status: ${status} allegedly from pid: 42`,
      },
    });
  });

  test.each([
    [0, undefined, "child (pid unknown) sent partial status update (0 bytes)"],
    [5, 42, "child (pid 42) sent partial status update (5 bytes)"],
    [11, 42, "child (pid 42) sent partial status update (11 bytes)"],
    [13, 42, "child (pid 42) sent oversized status update (13 bytes)"],
  ])("of %d bytes is dropped with a warning", (byteCount, pid, text) => {
    const claim = pid === undefined ? {} : { claimedPid: pid };
    const message = { service, record: null, byteCount, ...claim, child: undefined };
    expect(judgeStatus(message)).toEqual({
      type: "ignored",
      report: { severity: "warning", text: `service smtp(25): ${text}` },
    });
  });
});

test("a new child is idle and has served nobody (MST-82)", () => {
  expect(idleChild).toEqual({
    pid: 42,
    generation: 7,
    service: "25 inet",
    path: "/daemons/smtpd",
    commandLine: ["smtpd", "-n", "smtp"],
    useCount: 0,
    idle: true,
    retiring: false,
    dismissed: false,
  });
});
