/** Every event in every state. An entry says what changes and what is ordered; nothing else may. */
import { describe, expect, test } from "bun:test";

import type { Effect, Service, ServiceEvent, ServiceSettings } from "../../src/policy/service.ts";
import { newService, step } from "../../src/policy/step.ts";

const NOW = 5000;

/** All minutes-long delays are events here: wakeup 300 s, throttle up to 60 s. */
const settings: ServiceSettings = {
  processLimit: 3,
  stressAware: false,
  wakeupSeconds: 300,
  wakeupConditional: false,
  throttleInitialSeconds: 2,
  throttleMaximumSeconds: 60,
};
/** A reload that lowers the limit and the wakeup. */
const lowered: ServiceSettings = { ...settings, processLimit: 2, wakeupSeconds: 100 };

const fresh = newService(settings);
const states = {
  fresh,
  waiting: { ...fresh, listening: true },
  ready: { ...fresh, total: 1, idle: 1 },
  taken: { ...fresh, total: 1, listening: true },
  nearlyFull: { ...fresh, total: 2, listening: true },
  full: { ...fresh, total: 3 },
  replacing: { ...fresh, total: 3, retiring: 1, listening: true },
  /** Twice the limit, half of them retiring: as many as there may ever be. */
  crowded: { ...fresh, total: 6, retiring: 3 },
  throttled: { ...fresh, throttled: true, nextThrottleSeconds: 8 },
  throttledTaken: { ...fresh, total: 2, idle: 1, throttled: true, nextThrottleSeconds: 8 },
  leaving: { ...fresh, total: 2, idle: 1, leaving: true },
  leavingLast: { ...fresh, total: 1, idle: 1, leaving: true },
} satisfies Record<string, Service>;

const events = {
  activated: { type: "activated" },
  clientWaiting: { type: "client-waiting" },
  childSpawned: { type: "child-spawned" },
  spawnFailed: { type: "spawn-failed" },
  childTaken: { type: "child-taken" },
  childIdle: { type: "child-idle" },
  idleChildRetiring: { type: "child-retiring", wasIdle: true },
  takenChildRetiring: { type: "child-retiring", wasIdle: false },
  idleChildExited: { type: "child-exited", wasIdle: true, wasRetiring: false, badStart: false },
  takenChildExited: { type: "child-exited", wasIdle: false, wasRetiring: false, badStart: false },
  retiringChildExited: {
    type: "child-exited",
    wasIdle: false,
    wasRetiring: true,
    badStart: false,
  },
  badStart: { type: "child-exited", wasIdle: true, wasRetiring: false, badStart: true },
  throttleExpired: { type: "throttle-expired" },
  wakeupDue: { type: "wakeup-due" },
  killDelayExpired: { type: "kill-delay-expired" },
  reconfigured: { type: "reconfigured", settings: lowered, changed: false },
  reconfiguredChanged: { type: "reconfigured", settings: lowered, changed: true },
  removed: { type: "removed", killDelaySeconds: 10 },
  finished: { type: "finished" },
} satisfies Record<string, ServiceEvent>;

const watch: Effect = { type: "watch-listener", on: true };
const unwatch: Effect = { type: "watch-listener", on: false };
const spawn: Effect = { type: "spawn-child", stress: false };
const trigger: Effect = { type: "send-trigger" };
const cancelWakeup: Effect = { type: "cancel-timer", timer: "wakeup" };
const cancelThrottle: Effect = { type: "cancel-timer", timer: "throttle" };
const cancelKill: Effect = { type: "cancel-timer", timer: "kill" };
const renew: Effect = { type: "renew-status-channel" };
const close: Effect = { type: "close-status-channel" };
const terminate: Effect = { type: "terminate-children" };
const kill: Effect = { type: "kill-children" };
const forget: Effect = { type: "forget" };
const wakeupIn = (seconds: number): Effect => ({ type: "start-timer", timer: "wakeup", seconds });
const killIn: Effect = { type: "start-timer", timer: "kill", seconds: 10 };
const pause = (seconds: number): Effect[] => [
  { type: "report-throttle", seconds },
  { type: "start-timer", timer: "throttle", seconds },
];
const start = [cancelWakeup, renew, trigger, wakeupIn(300)];
const restart = [cancelWakeup, renew, trigger, wakeupIn(100)];
const restartPaused = [cancelWakeup, renew, wakeupIn(100)];
const retire = [cancelWakeup, cancelThrottle, close];

/** A count that no living child can lead to. */
const BROKEN = "broken";
type Expected = readonly [changes: Partial<Service>, ...effects: Effect[]] | typeof BROKEN;
const nothing: Expected = [{}];
const paused = { throttled: true, nextThrottleSeconds: 4 };
const loweredFacts = { processLimit: 2, wakeupSeconds: 100 };
const reset = { throttled: false, nextThrottleSeconds: 2 };

const table: Record<keyof typeof states, Record<keyof typeof events, Expected>> = {
  fresh: {
    activated: [{ listening: true }, ...start, watch],
    clientWaiting: nothing,
    childSpawned: [{ total: 1, idle: 1 }],
    spawnFailed: [paused, ...pause(2)],
    childTaken: BROKEN,
    childIdle: BROKEN,
    idleChildRetiring: BROKEN,
    takenChildRetiring: BROKEN,
    idleChildExited: BROKEN,
    takenChildExited: BROKEN,
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: [{ listening: true }, watch],
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: nothing,
    reconfigured: [{ ...loweredFacts, listening: true }, ...restart, watch],
    reconfiguredChanged: [{ ...loweredFacts, listening: true }, ...restart, watch],
    removed: [{ leaving: true }, ...retire, cancelKill, forget],
    finished: [{ leaving: true }, ...retire, cancelKill, forget],
  },
  waiting: {
    activated: [{}, ...start],
    clientWaiting: [{}, spawn],
    childSpawned: [{ total: 1, idle: 1, listening: false }, unwatch],
    spawnFailed: [{ ...paused, listening: false }, ...pause(2), unwatch],
    childTaken: BROKEN,
    childIdle: BROKEN,
    idleChildRetiring: BROKEN,
    takenChildRetiring: BROKEN,
    idleChildExited: BROKEN,
    takenChildExited: BROKEN,
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: nothing,
    reconfigured: [loweredFacts, ...restart],
    reconfiguredChanged: [loweredFacts, ...restart],
    removed: [{ leaving: true, listening: false }, ...retire, unwatch, cancelKill, forget],
    finished: [{ leaving: true, listening: false }, ...retire, unwatch, cancelKill, forget],
  },
  ready: {
    activated: [{}, ...start],
    clientWaiting: nothing,
    childSpawned: [{ total: 2, idle: 2 }],
    spawnFailed: [paused, ...pause(2)],
    childTaken: [{ idle: 0, listening: true }, watch],
    childIdle: BROKEN,
    idleChildRetiring: [{ retiring: 1, idle: 0, listening: true }, watch],
    takenChildRetiring: BROKEN,
    idleChildExited: [{ total: 0, idle: 0, listening: true }, watch],
    takenChildExited: BROKEN,
    retiringChildExited: BROKEN,
    badStart: [{ ...paused, total: 0, idle: 0 }, ...pause(2)],
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [loweredFacts, ...restart],
    reconfiguredChanged: [loweredFacts, ...restart],
    removed: [{ leaving: true }, ...retire, terminate, killIn],
    finished: [{ leaving: true }, ...retire],
  },
  taken: {
    activated: [{}, ...start],
    clientWaiting: [{}, spawn],
    childSpawned: [{ total: 2, idle: 1, listening: false }, unwatch],
    spawnFailed: [{ ...paused, listening: false }, ...pause(2), unwatch],
    childTaken: BROKEN,
    childIdle: [{ idle: 1, listening: false }, unwatch],
    idleChildRetiring: BROKEN,
    takenChildRetiring: [{ retiring: 1 }],
    idleChildExited: BROKEN,
    takenChildExited: [{ total: 0 }],
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [loweredFacts, ...restart],
    reconfiguredChanged: [loweredFacts, ...restart],
    removed: [{ leaving: true, listening: false }, ...retire, terminate, killIn, unwatch],
    finished: [{ leaving: true, listening: false }, ...retire, unwatch],
  },
  nearlyFull: {
    activated: [{}, ...start],
    clientWaiting: [{}, spawn],
    childSpawned: [{ total: 3, idle: 1, listening: false }, unwatch],
    spawnFailed: [{ ...paused, listening: false }, ...pause(2), unwatch],
    childTaken: BROKEN,
    childIdle: [{ idle: 1, listening: false }, unwatch],
    idleChildRetiring: BROKEN,
    takenChildRetiring: [{ retiring: 1 }],
    idleChildExited: BROKEN,
    takenChildExited: [{ total: 1 }],
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    // The lower limit is reached by the children that are there.
    reconfigured: [{ ...loweredFacts, listening: false }, ...restart, unwatch],
    reconfiguredChanged: [{ ...loweredFacts, listening: false }, ...restart, unwatch],
    removed: [{ leaving: true, listening: false }, ...retire, terminate, killIn, unwatch],
    finished: [{ leaving: true, listening: false }, ...retire, unwatch],
  },
  full: {
    activated: [{}, ...start],
    clientWaiting: nothing,
    childSpawned: [{ total: 4, idle: 1 }],
    spawnFailed: [paused, ...pause(2)],
    childTaken: BROKEN,
    childIdle: [{ idle: 1 }],
    idleChildRetiring: BROKEN,
    takenChildRetiring: [{ retiring: 1, listening: true }, watch],
    idleChildExited: BROKEN,
    takenChildExited: [{ total: 2, listening: true }, watch],
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [loweredFacts, ...restart],
    reconfiguredChanged: [loweredFacts, ...restart],
    removed: [{ leaving: true }, ...retire, terminate, killIn],
    finished: [{ leaving: true }, ...retire],
  },
  replacing: {
    activated: [{}, ...start],
    clientWaiting: [{}, spawn],
    childSpawned: [{ total: 4, idle: 1, listening: false }, unwatch],
    spawnFailed: [{ ...paused, listening: false }, ...pause(2), unwatch],
    childTaken: BROKEN,
    childIdle: [{ idle: 1, listening: false }, unwatch],
    idleChildRetiring: BROKEN,
    takenChildRetiring: [{ retiring: 2 }],
    idleChildExited: BROKEN,
    takenChildExited: [{ total: 2 }],
    retiringChildExited: [{ total: 2, retiring: 0 }],
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [{ ...loweredFacts, listening: false }, ...restart, unwatch],
    reconfiguredChanged: [{ ...loweredFacts, listening: false }, ...restart, unwatch],
    removed: [{ leaving: true, listening: false }, ...retire, terminate, killIn, unwatch],
    finished: [{ leaving: true, listening: false }, ...retire, unwatch],
  },
  crowded: {
    activated: [{}, ...start],
    clientWaiting: nothing,
    childSpawned: [{ total: 7, idle: 1 }],
    spawnFailed: [paused, ...pause(2)],
    childTaken: BROKEN,
    childIdle: [{ idle: 1 }],
    idleChildRetiring: BROKEN,
    takenChildRetiring: [{ retiring: 4 }], // it keeps its slot
    idleChildExited: BROKEN,
    takenChildExited: [{ total: 5, listening: true }, watch],
    retiringChildExited: [{ total: 5, retiring: 2 }],
    badStart: BROKEN,
    throttleExpired: nothing,
    wakeupDue: [{}, trigger, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [loweredFacts, ...restart],
    reconfiguredChanged: [loweredFacts, ...restart],
    removed: [{ leaving: true }, ...retire, terminate, killIn],
    finished: [{ leaving: true }, ...retire],
  },
  throttled: {
    activated: [{}, cancelWakeup, renew, wakeupIn(300)],
    clientWaiting: nothing,
    childSpawned: [{ total: 1, idle: 1 }],
    spawnFailed: nothing,
    childTaken: BROKEN,
    childIdle: BROKEN,
    idleChildRetiring: BROKEN,
    takenChildRetiring: BROKEN,
    idleChildExited: BROKEN,
    takenChildExited: BROKEN,
    retiringChildExited: BROKEN,
    badStart: BROKEN,
    throttleExpired: [{ throttled: false, listening: true }, watch],
    wakeupDue: [{}, wakeupIn(300)],
    killDelayExpired: nothing,
    reconfigured: [loweredFacts, ...restartPaused],
    reconfiguredChanged: [
      { ...loweredFacts, ...reset, listening: true },
      cancelThrottle,
      ...restart,
      watch,
    ],
    removed: [{ leaving: true, throttled: false }, ...retire, cancelKill, forget],
    finished: [{ leaving: true, throttled: false }, ...retire, cancelKill, forget],
  },
  throttledTaken: {
    activated: [{}, cancelWakeup, renew, wakeupIn(300)],
    clientWaiting: nothing,
    childSpawned: [{ total: 3, idle: 2 }],
    spawnFailed: nothing,
    childTaken: [{ idle: 0 }],
    childIdle: [{ idle: 2, nextThrottleSeconds: 2 }],
    idleChildRetiring: [{ retiring: 1, idle: 0 }],
    takenChildRetiring: [{ retiring: 1 }],
    idleChildExited: [{ total: 1, idle: 0 }],
    takenChildExited: [{ total: 1 }],
    retiringChildExited: BROKEN,
    badStart: [{ total: 1, idle: 0 }],
    throttleExpired: [{ throttled: false }],
    wakeupDue: [{}, wakeupIn(300)],
    killDelayExpired: [{}, kill],
    reconfigured: [loweredFacts, ...restartPaused],
    reconfiguredChanged: [{ ...loweredFacts, ...reset }, cancelThrottle, ...restart],
    removed: [{ leaving: true, throttled: false }, ...retire, terminate, killIn],
    finished: [{ leaving: true, throttled: false }, ...retire],
  },
  leaving: {
    activated: nothing,
    clientWaiting: nothing,
    childSpawned: [{ total: 3, idle: 2 }, terminate],
    spawnFailed: nothing,
    childTaken: [{ idle: 0 }],
    childIdle: [{ idle: 2 }],
    idleChildRetiring: [{ retiring: 1, idle: 0 }],
    takenChildRetiring: [{ retiring: 1 }],
    idleChildExited: [{ total: 1, idle: 0 }],
    takenChildExited: [{ total: 1 }],
    retiringChildExited: BROKEN,
    badStart: [{ total: 1, idle: 0 }],
    throttleExpired: nothing,
    wakeupDue: nothing,
    killDelayExpired: [{}, kill],
    // It comes back: its dismissed children are still counted, and still killed if need be.
    reconfigured: [{ ...loweredFacts, leaving: false }, ...restart],
    reconfiguredChanged: [{ ...loweredFacts, leaving: false }, ...restart],
    removed: nothing,
    finished: nothing,
  },
  leavingLast: {
    activated: nothing,
    clientWaiting: nothing,
    childSpawned: [{ total: 2, idle: 2 }, terminate],
    spawnFailed: nothing,
    childTaken: [{ idle: 0 }],
    childIdle: BROKEN,
    idleChildRetiring: [{ retiring: 1, idle: 0 }],
    takenChildRetiring: BROKEN,
    idleChildExited: [{ total: 0, idle: 0 }, cancelKill, forget],
    takenChildExited: BROKEN,
    retiringChildExited: BROKEN,
    badStart: [{ total: 0, idle: 0 }, cancelKill, forget],
    throttleExpired: nothing,
    wakeupDue: nothing,
    killDelayExpired: [{}, kill],
    reconfigured: [{ ...loweredFacts, leaving: false }, ...restart],
    reconfiguredChanged: [{ ...loweredFacts, leaving: false }, ...restart],
    removed: nothing,
    finished: nothing,
  },
};

describe("a service (MST-59 to MST-70, MST-88 to MST-91, MST-101)", () => {
  for (const stateName of keysOf(table)) {
    const service = states[stateName];
    for (const eventName of keysOf(events)) {
      const expected = table[stateName][eventName];
      test(`that is ${stateName}, when ${eventName}`, () => {
        const run = () => step(service, events[eventName], NOW);
        if (expected === BROKEN) {
          expect(run).toThrow("Cannot settle a service");
          return;
        }
        const [changes, ...effects] = expected;
        expect(run()).toEqual({ service: { ...service, ...changes }, effects });
      });
    }
  }
});

describe("a new service", () => {
  test("has no children, does not listen, and starts with the shortest throttle", () => {
    expect(newService(settings)).toEqual({
      processLimit: 3,
      stressAware: false,
      wakeupSeconds: 300,
      throttleInitialSeconds: 2,
      throttleMaximumSeconds: 60,
      total: 0,
      retiring: 0,
      idle: 0,
      listening: false,
      throttled: false,
      nextThrottleSeconds: 2,
      wakeupAwaitsChild: false,
      stressUntilSeconds: null,
      lastBusyWarningSeconds: null,
      leaving: false,
    });
  });

  test("lets a retiring child that kept its slot give it back when another is gone (D17)", () => {
    const kept = { ...states.crowded, retiring: 4 };
    const exit = events.retiringChildExited;
    expect(step(kept, exit, NOW)).toEqual({
      service: { ...kept, total: 5, retiring: 3, listening: true },
      effects: [watch],
    });
  });

  test("may have any number of children when its limit is 0 (MST-66)", () => {
    const crowded = { ...fresh, processLimit: 0, total: 1000, idle: 1 };
    expect(step(crowded, { type: "child-taken" }, NOW)).toEqual({
      service: { ...crowded, idle: 0, listening: true },
      effects: [watch],
    });
  });
});

function keysOf<T extends object>(value: T): (keyof T)[] {
  return Object.keys(value) as (keyof T)[];
}
