/** Regular wakeups (MST-82, MST-101, MST-102). Their periods are shown as events. */
import { describe, expect, test } from "bun:test";

import type { Effect, ServiceSettings } from "../../src/policy/service.ts";
import { newService, step } from "../../src/policy/step.ts";

const settings: ServiceSettings = {
  processLimit: 1,
  stressAware: false,
  wakeupSeconds: 300,
  wakeupConditional: true,
  throttleInitialSeconds: 2,
  throttleMaximumSeconds: 60,
};
const wakeup: Effect[] = [
  { type: "send-trigger" },
  { type: "start-timer", timer: "wakeup", seconds: 300 },
];
const restart: Effect[] = [
  { type: "cancel-timer", timer: "wakeup" },
  { type: "renew-status-channel" },
];
const watch: Effect = { type: "watch-listener", on: true };
const unwatch: Effect = { type: "watch-listener", on: false };
const waiting = { ...newService(settings), listening: true };
const awake = { ...waiting, wakeupAwaitsChild: false };

describe("a wakeup with a question mark", () => {
  test("is not sent at start", () => {
    expect(step(newService(settings), { type: "activated" }, 0)).toEqual({
      service: waiting,
      effects: [...restart, watch],
    });
  });

  test("is sent at once when the first child was started, then regularly", () => {
    const { service, effects } = step(waiting, { type: "child-spawned" }, 0);
    expect({ service, effects }).toEqual({
      service: { ...awake, total: 1, idle: 1, listening: false },
      effects: [...wakeup, unwatch],
    });
    expect(step(service, { type: "wakeup-due" }, 300)).toEqual({ service, effects: wakeup });
  });

  test("is not sent again for the second child", () => {
    expect(step(awake, { type: "child-spawned" }, 0).effects).toEqual([unwatch]);
  });

  test("still waits when the first spawn failed", () => {
    expect(step(waiting, { type: "spawn-failed" }, 0).service.wakeupAwaitsChild).toBe(true);
  });

  test("waits for the next child again after a reload (MST-55)", () => {
    const reload = { type: "reconfigured", settings, changed: false } as const;
    expect(step(awake, reload, 0)).toEqual({ service: waiting, effects: restart });
  });

  test("is dropped when its timer fires although it waits for a child", () => {
    expect(step(waiting, { type: "wakeup-due" }, 0)).toEqual({ service: waiting, effects: [] });
  });

  test("means nothing without a period", () => {
    const never = newService({ ...settings, wakeupSeconds: 0 });
    expect(never.wakeupAwaitsChild).toBe(false);
  });
});

describe("a service that is never woken", () => {
  test("loses its wakeup by a reload, and a timer that fires late does nothing (MST-102)", () => {
    const reload = {
      type: "reconfigured",
      settings: { ...settings, wakeupSeconds: 0 },
      changed: true,
    } as const;
    const { service, effects } = step(awake, reload, 0);
    expect(effects).toEqual(restart);
    expect(step(service, { type: "wakeup-due" }, 0)).toEqual({ service, effects: [] });
  });
});

describe("a throttled service", () => {
  test("keeps the rhythm of its wakeups but is sent none (MST-91)", () => {
    const throttled = { ...awake, throttled: true, listening: false };
    expect(step(throttled, { type: "wakeup-due" }, 0)).toEqual({
      service: throttled,
      effects: wakeup.slice(1),
    });
  });
});
