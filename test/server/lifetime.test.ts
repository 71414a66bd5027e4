/** When a child leaves by itself, by a clock of the test's own. */
import { describe, expect, test } from "bun:test";

import { Lifetime, spreadLimits } from "../../src/server/lifetime.ts";
import type { Clock } from "../../src/server/service.ts";

/** Advances by hand. */
function handClock() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    seconds: () => now,
    now: () => new Date(now * 1000),
    after(seconds, run) {
      const timer = { at: now + seconds, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
  };
  const advance = (seconds: number): void => {
    now += seconds;
    for (const timer of [...timers]) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.run();
    }
  };
  return { clock, advance };
}

function begin(limits: { maxUse: number; maxIdleSeconds: number }, isOurTurn = () => true) {
  const { clock, advance } = handClock();
  const events: string[] = [];
  const lifetime = new Lifetime({
    limits,
    minAgeSeconds: 60,
    clock,
    leave: (reason) => void events.push(`leave: ${reason}`),
    retire(reason) {
      if (!isOurTurn()) return false;
      events.push(`retire: ${reason}`);
      return true;
    },
  });
  return { lifetime, advance, events };
}

describe("the lifetime of a child", () => {
  test("ends after max_idle without a client, counted anew when the last one has left (MUL-95, MUL-97)", () => {
    const { lifetime, advance, events } = begin({ maxUse: 9, maxIdleSeconds: 10 });
    advance(9);
    lifetime.clientArrived();
    advance(100);
    lifetime.clientArrived();
    lifetime.clientLeft();
    advance(100);
    lifetime.clientLeft();
    advance(9);
    expect(events).toEqual([]);
    advance(1);
    expect(events).toEqual(["leave: idle for 10 s"]);
  });

  test("has no end with limits of 0 (MUL-99)", () => {
    const { lifetime, advance, events } = begin({ maxUse: 0, maxIdleSeconds: 0 });
    for (let count = 0; count < 1000; count++) {
      lifetime.clientArrived();
      lifetime.clientLeft();
    }
    advance(1e6);
    expect(events).toEqual([]);
  });

  test("is over at the end of the pass in which max_use was reached (MUL-67, MUL-68)", async () => {
    const { lifetime, events } = begin({ maxUse: 1, maxIdleSeconds: 10 });
    lifetime.clientArrived();
    lifetime.clientLeft();
    expect(events).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["leave: served 1 clients"]);
  });

  test("goes on for a client that came in that pass, until that one has left (MUL-67)", async () => {
    const { lifetime, events } = begin({ maxUse: 1, maxIdleSeconds: 10 });
    lifetime.clientArrived();
    lifetime.clientLeft();
    lifetime.clientArrived();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    lifetime.clientLeft();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["leave: served 2 clients"]);
  });

  test("ends by retiring at its minimum age, when it is its turn (MUL-98)", () => {
    let isOurTurn = false;
    const { lifetime, advance, events } = begin({ maxUse: 2, maxIdleSeconds: 10 }, () => isOurTurn);
    lifetime.clientArrived();
    for (let count = 0; count < 5; count++) {
      lifetime.clientArrived();
      lifetime.clientLeft();
    }
    advance(59);
    expect(events).toEqual([]);
    advance(1);
    advance(5);
    expect(events).toEqual([]);
    isOurTurn = true;
    advance(1);
    expect(events).toEqual(["retire: served 5 clients"]);
  });
});

describe("limits that are spread", () => {
  test("keep what main.cf promises: never more uses, never a shorter wait", () => {
    const limits = { maxUse: 100, maxIdleSeconds: 100 };
    expect(spreadLimits(limits, 10, () => 0)).toEqual(limits);
    expect(spreadLimits(limits, 0, () => 0.99)).toEqual(limits);
    for (const random of [0.1, 0.5, 0.999]) {
      const { maxUse, maxIdleSeconds } = spreadLimits(limits, 10, () => random);
      expect(maxUse).toBeWithin(90, 101);
      expect(maxIdleSeconds).toBeGreaterThan(100);
      expect(maxIdleSeconds).toBeLessThan(110);
    }
    expect(spreadLimits({ maxUse: 1, maxIdleSeconds: 0 }, 100, () => 0.999)).toEqual({
      maxUse: 1,
      maxIdleSeconds: 0,
    });
  });
});
