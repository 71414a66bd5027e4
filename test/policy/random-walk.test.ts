/**
 * Long random lives of several services. The clock jumps from event to event, so that throttles
 * (up to 60 s), wakeups (up to 300 s), stress mode and busy warnings (1,000 s) all run their course.
 */
import { expect, test } from "bun:test";

import type { Ending } from "../../src/policy/child-exit.ts";
import type { Child } from "../../src/policy/child.ts";
import type { ServiceSettings } from "../../src/policy/service.ts";
import { ensure, SimulatedService } from "./simulated-service.ts";
import type { Surroundings } from "./simulated-service.ts";

const STEPS = 60_000;
const SERVICES = 4;
const SEEDS = [1, 20_240_607, 4_294_967_295];
const KILL_DELAY_SECONDS = 10;

const EXERCISED = [
  ...["activated", "client-waiting", "child-spawned", "spawn-failed", "child-taken", "child-idle"],
  ...["child-exited", "throttle-expired", "wakeup-due", "kill-delay-expired", "reconfigured"],
  ...["removed", "watch-listener", "spawn-child", "renew-status-channel", "close-status-channel"],
  ...["send-trigger", "start-timer", "cancel-timer", "report-busy", "report-throttle"],
  ...["terminate-children", "kill-children", "forget", "stress", "revived"],
  ...["status accepted", "status ignored", "child-retiring", "spawn beside retiring"],
];

test.each(SEEDS)("services hold their invariants through a random life (seed %d)", (seed) => {
  const counts = walk(seed);
  const rare = EXERCISED.filter((what) => (counts.get(what) ?? 0) < 20);
  expect(rare).toEqual([]);
});

function walk(seed: number): ReadonlyMap<string, number> {
  const random = seededRandom(seed);
  const chance = (probability: number) => random() < probability;
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    ensure(item !== undefined, "nothing to pick from");
    return item;
  };
  const counts = new Map<string, number>();
  const around: Surroundings = {
    nowSeconds: 0,
    lastPid: 100,
    generation: 0,
    spawnSucceeds: () => chance(0.9),
    count: (what) => counts.set(what, (counts.get(what) ?? 0) + 1),
  };
  const randomSettings = (): ServiceSettings => {
    const processLimit = below(5);
    return {
      processLimit,
      stressAware: processLimit > 1 && chance(0.7),
      wakeupSeconds: pick([0, 0, 7, 300]),
      wakeupConditional: chance(0.4),
      throttleInitialSeconds: pick([1, 2, 5, 60, 100]),
      throttleMaximumSeconds: pick([1, 7, 60]),
    };
  };
  let named = 0;
  const create = () => {
    named += 1;
    return new SimulatedService(`private/x${named} unix`, randomSettings(), around);
  };
  let services = Array.from({ length: SERVICES }, create);
  const childOf = (pid: number) =>
    services.flatMap(({ children }) => children.get(pid) ?? []).at(0);

  const randomEnding = (child: Child): Ending => {
    if (child.dismissed && chance(0.7)) return { signal: 15, coreDumped: false };
    if (chance(0.5)) return { exitStatus: 0 };
    return chance(0.5) ? { exitStatus: 1 } : { signal: 11, coreDumped: true };
  };
  const randomRecord = (subject: SimulatedService) => {
    const own = [...subject.children.values()];
    const all = services.flatMap(({ children }) => [...children.values()]);
    const honest = own.length > 0 && chance(0.8);
    const { pid, generation, idle } = honest
      ? pick(own)
      : pick([...all, { pid: 1, generation: 1, idle: false }]);
    return {
      pid,
      generation: honest || chance(0.5) ? generation : generation + 1,
      status: honest ? (chance(0.1) ? 2 : idle ? 0 : 1) : pick([0, 1, 2, 3, -1]),
    };
  };
  const anExit = (subject: SimulatedService) => {
    const doomed = [...subject.children.values()].filter(({ pid }) => subject.doomed.has(pid));
    const child = pick(doomed.length > 0 ? doomed : [...subject.children.values()]);
    const killed: Ending = { signal: 9, coreDumped: false };
    subject.exit(child, doomed.length > 0 ? killed : randomEnding(child));
  };
  const aReload = () => {
    for (const subject of services) {
      if (subject.service.leaving) {
        if (!chance(0.7)) continue;
        around.count("revived");
        subject.reconfigure(randomSettings(), chance(0.5));
      } else if (chance(0.2)) {
        subject.dispatch({ type: "removed", killDelaySeconds: KILL_DELAY_SECONDS });
      } else {
        // main.cf may change the bounds of a throttle under an entry that stays as it is.
        const changed = chance(0.4);
        subject.reconfigure(changed || chance(0.3) ? randomSettings() : subject.settings, changed);
      }
    }
  };
  const passTime = () => {
    const dues = services.flatMap(({ timers }) => [...timers.values()]);
    const next = dues.length > 0 && chance(0.7) ? Math.min(...dues) : around.nowSeconds + below(90);
    // A timer may be served late, but the clock never goes back.
    around.nowSeconds = Math.max(around.nowSeconds, next);
  };
  const anEvent = () => {
    const subject = pick(services);
    const dice = random();
    if (dice < 0.4) {
      // Mostly a client at a watched listener, sometimes a report that is stale by now.
      if (subject.service.listening || chance(0.1)) subject.dispatch({ type: "client-waiting" });
    } else if (dice < 0.75) {
      const record = chance(0.02) ? null : randomRecord(subject);
      subject.receive(record, record === null ? undefined : childOf(record.pid));
    } else if (dice < 0.85) {
      if (subject.children.size > 0) anExit(subject);
    } else if (dice < 0.99) {
      passTime();
    } else {
      aReload();
    }
  };
  const settleAll = () => {
    for (const subject of services) if (!subject.forgotten) subject.fireDueTimers();
    services = services.filter(({ forgotten }) => !forgotten);
  };

  for (let index = 0; index < STEPS; index += 1) {
    try {
      anEvent();
      settleAll();
    } catch (error) {
      throw new Error(`seed ${seed}, step ${index}`, { cause: error });
    }
    if (services.length < SERVICES) services.push(create());
  }
  for (const subject of services) {
    if (subject.service.leaving) continue;
    subject.dispatch({ type: "removed", killDelaySeconds: KILL_DELAY_SECONDS });
  }
  settleAll();
  around.nowSeconds += KILL_DELAY_SECONDS;
  settleAll();
  for (const subject of services) {
    for (const { pid } of subject.children.values()) {
      ensure(subject.doomed.has(pid), "a child of a removed service alive after the delay");
    }
    while (subject.children.size > 0) anExit(subject);
    ensure(subject.forgotten, "a removed service that is still there");
  }
  return counts;
}

/** Mulberry32: small, and the same on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
