/** Stress mode and the busy warning. Their 1,000 s are shown with the clock as an argument. */
import { describe, expect, test } from "bun:test";

import type { Effect, Service, ServiceSettings } from "../../src/policy/service.ts";
import { newService, step } from "../../src/policy/step.ts";

const NOW = 5000;
const settings: ServiceSettings = {
  processLimit: 2,
  stressAware: true,
  wakeupSeconds: 0,
  wakeupConditional: false,
  throttleInitialSeconds: 2,
  throttleMaximumSeconds: 60,
};
const exposed: Service = { ...newService(settings), listening: true };
const lastSlotFree: Service = { ...exposed, total: 1 };
const full: Service = { ...exposed, total: 2, idle: 1, listening: false };

const restart: Effect[] = [
  { type: "cancel-timer", timer: "wakeup" },
  { type: "renew-status-channel" },
];
const spawn = (stress: boolean): Effect => ({ type: "spawn-child", stress });
const clientWaiting = (service: Service, now = NOW) =>
  step(service, { type: "client-waiting" }, now);

describe("stress mode (MST-72 to MST-74)", () => {
  test("does not begin while another slot stays free", () => {
    expect(clientWaiting(exposed)).toEqual({ service: exposed, effects: [spawn(false)] });
  });

  test("begins with the last slot: old children are asked to leave, the new one is told", () => {
    expect(clientWaiting(lastSlotFree)).toEqual({
      service: { ...lastSlotFree, stressUntilSeconds: NOW + 1000 },
      effects: [...restart, spawn(true)],
    });
  });

  test("lasts 1,000 s longer each time the last slot is used, without another restart", () => {
    const stressed = { ...lastSlotFree, stressUntilSeconds: NOW + 1 };
    expect(clientWaiting(stressed)).toEqual({
      service: { ...stressed, stressUntilSeconds: NOW + 1000 },
      effects: [spawn(true)],
    });
  });

  test("at the very second of its end it is renewed without a restart", () => {
    const ending = { ...lastSlotFree, stressUntilSeconds: NOW };
    expect(clientWaiting(ending).effects).toEqual([spawn(true)]);
  });

  test("restarts the children again when it had ended 1 s ago", () => {
    const ended = { ...lastSlotFree, stressUntilSeconds: NOW - 1 };
    expect(clientWaiting(ended).effects).toEqual([...restart, spawn(true)]);
  });

  test.each([
    [NOW + 1, true],
    [NOW, false],
    [NOW - 1, false],
  ])("ends at %d for a child that does not take the last slot: stress %p", (until, stress) => {
    const service = { ...exposed, stressUntilSeconds: until };
    expect(clientWaiting(service)).toEqual({ service, effects: [spawn(stress)] });
  });

  test("wakes a service that is woken regularly, as every restart does", () => {
    const { effects } = clientWaiting({ ...lastSlotFree, wakeupSeconds: 300 });
    expect(effects).toEqual([
      ...restart,
      { type: "send-trigger" },
      { type: "start-timer", timer: "wakeup", seconds: 300 },
      spawn(true),
    ]);
  });

  test("is unknown to a service that only this machine reaches (SVC-45)", () => {
    const local = { ...lastSlotFree, stressAware: false };
    expect(clientWaiting(local)).toEqual({ service: local, effects: [spawn(false)] });
  });

  test("is over for children of a service that a reload has made local", () => {
    const local = { ...exposed, stressAware: false, stressUntilSeconds: NOW + 500 };
    expect(clientWaiting(local).effects).toEqual([spawn(false)]);
  });
});

describe("the busy warning (MST-75)", () => {
  const lastChildTaken = (service: Service, now = NOW) =>
    step(service, { type: "child-taken" }, now);
  const busy = { ...full, idle: 0 };

  test("comes when clients wait because of the limit", () => {
    expect(lastChildTaken(full)).toEqual({
      service: { ...busy, lastBusyWarningSeconds: NOW },
      effects: [{ type: "report-busy", limit: 2 }],
    });
  });

  test.each([
    [999, false],
    [1000, false],
    [1001, true],
  ])("%d s after the one before: %p", (age, warned) => {
    const last = NOW - age;
    expect(lastChildTaken({ ...full, lastBusyWarningSeconds: last })).toEqual({
      service: { ...busy, lastBusyWarningSeconds: warned ? NOW : last },
      effects: warned ? [{ type: "report-busy", limit: 2 }] : [],
    });
  });

  test("does not come while there is room", () => {
    const service = { ...full, processLimit: 3 };
    expect(lastChildTaken(service).effects).toEqual([{ type: "watch-listener", on: true }]);
  });

  test("does not come from a throttled service (MST-68)", () => {
    expect(lastChildTaken({ ...full, throttled: true }).effects).toEqual([]);
  });

  test("does not come from a service that leaves", () => {
    expect(lastChildTaken({ ...full, leaving: true }).effects).toEqual([]);
  });

  test("does not come from a service without stress slot", () => {
    expect(lastChildTaken({ ...full, stressAware: false }).effects).toEqual([]);
  });

  test("comes when a reload takes away the room", () => {
    const roomy = { ...busy, processLimit: 3, listening: true };
    const { effects } = step(roomy, { type: "reconfigured", settings, changed: true }, NOW);
    expect(effects).toEqual([
      ...restart,
      { type: "watch-listener", on: false },
      { type: "report-busy", limit: 2 },
    ]);
  });
});
