/** The pauses of a failing service. All delays, up to 60 s, are shown as events. */
import { describe, expect, test } from "bun:test";

import type { Service, ServiceEvent, ServiceSettings } from "../../src/policy/service.ts";
import { newService, step } from "../../src/policy/step.ts";

const settings: ServiceSettings = {
  processLimit: 10,
  stressAware: false,
  wakeupSeconds: 0,
  wakeupConditional: false,
  throttleInitialSeconds: 2,
  throttleMaximumSeconds: 60,
};
const failedSpawn: ServiceEvent[] = [{ type: "spawn-failed" }];
const badStart: ServiceEvent[] = [
  { type: "child-spawned" },
  { type: "child-exited", wasIdle: true, wasRetiring: false, badStart: true },
];
const servedOne: ServiceEvent[] = [
  { type: "child-spawned" },
  { type: "child-taken" },
  { type: "child-idle" },
  { type: "child-exited", wasIdle: true, wasRetiring: false, badStart: false },
];
const expired: ServiceEvent = { type: "throttle-expired" };

function after(service: Service, events: readonly ServiceEvent[]) {
  const pauses: number[] = [];
  for (const event of events) {
    const next = step(service, event, 0);
    service = next.service;
    for (const effect of next.effects) {
      if (effect.type === "start-timer" && effect.timer === "throttle") pauses.push(effect.seconds);
    }
  }
  return { service, pauses };
}

function repeated(failure: readonly ServiceEvent[], times: number): ServiceEvent[] {
  return Array.from({ length: times }, () => [...failure, expired]).flat();
}

function reload(changes: Partial<ServiceSettings>, changed = false): ServiceEvent {
  return { type: "reconfigured", settings: { ...settings, ...changes }, changed };
}

describe("a failing service", () => {
  test.each([
    ["child that fails before its first client", badStart],
    ["spawn that fails", failedSpawn],
  ])("is paused twice as long after each %s, up to the maximum", (_, failure) => {
    const { pauses } = after(newService(settings), repeated(failure, 7));
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });

  test("is paused for the initial time again after a child has completed one request", () => {
    const events = [...repeated(badStart, 4), ...servedOne, ...badStart];
    expect(after(newService(settings), events).pauses).toEqual([2, 4, 8, 16, 2]);
  });

  test("stays paused when a child from before completes a request, and next time begins anew", () => {
    const old: ServiceEvent[] = [{ type: "child-spawned" }, { type: "child-taken" }];
    const events = [...old, ...repeated(failedSpawn, 3), ...failedSpawn];
    const paused = after(newService(settings), events).service;
    const { service, effects } = step(paused, { type: "child-idle" }, 0);
    expect({ service, effects }).toEqual({
      service: { ...paused, idle: 1, nextThrottleSeconds: 2 },
      effects: [],
    });
  });

  test("is not paused anew by what fails during the pause (MST-90)", () => {
    const events = [...failedSpawn, ...failedSpawn, ...badStart, expired, ...badStart];
    expect(after(newService(settings), events).pauses).toEqual([2, 4]);
  });

  test.each([
    [60, 60],
    [100, 60],
  ])("has the original's fixed delay with an initial time of %d and a maximum of %d", (initial) => {
    const fixed = newService({ ...settings, throttleInitialSeconds: initial });
    expect(after(fixed, repeated(badStart, 3)).pauses).toEqual([60, 60, 60]);
  });

  test("never waits longer than the maximum when that is no power of two", () => {
    const odd = newService({ ...settings, throttleInitialSeconds: 3, throttleMaximumSeconds: 7 });
    expect(after(odd, repeated(badStart, 4)).pauses).toEqual([3, 6, 7, 7]);
  });
});

describe("a reload", () => {
  const failed = after(newService(settings), repeated(badStart, 3)).service;
  const paused = after(newService(settings), [...repeated(badStart, 2), ...badStart]).service;

  test("keeps the pause and its length while the entry says the same", () => {
    expect(after(paused, [reload({})]).service).toEqual(paused);
  });

  test("ends the pause and forgets its length when the entry changed", () => {
    const { service, effects } = step(paused, reload({}, true), 0);
    expect(service).toEqual({
      ...paused,
      throttled: false,
      nextThrottleSeconds: 2,
      listening: true,
    });
    expect(effects).toContainEqual({ type: "cancel-timer", timer: "throttle" });
  });

  test("has no throttle timer to cancel for a service that is not paused", () => {
    const { effects } = step(failed, reload({}, true), 0);
    expect(effects).not.toContainEqual({ type: "cancel-timer", timer: "throttle" });
  });

  test.each<[string, Partial<ServiceSettings>, number]>([
    ["is kept within unchanged bounds", {}, 16],
    ["is cut to a lower maximum", { throttleMaximumSeconds: 10 }, 10],
    ["is raised to a higher initial time", { throttleInitialSeconds: 20 }, 20],
    ["is not raised by a higher maximum", { throttleMaximumSeconds: 600 }, 16],
    ["is the maximum below the initial time", { throttleMaximumSeconds: 1 }, 1],
  ])("the next pause of a service that failed three times %s", (_, changes, seconds) => {
    expect(after(failed, [reload(changes), ...badStart]).pauses).toEqual([seconds]);
  });

  test.each([1, 5, 60])(
    "gives a service that never failed the new initial time, %d s",
    (initial) => {
      const slow = newService({ ...settings, throttleInitialSeconds: 30 });
      const events = [reload({ throttleInitialSeconds: initial }), ...badStart];
      expect(after(slow, events).pauses).toEqual([initial]);
    },
  );
});
