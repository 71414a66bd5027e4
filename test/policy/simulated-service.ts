/**
 * Carries out what the policy orders for one service, on a pretended machine, and throws as soon
 * as an order makes no sense or an invariant does not hold. Uses the same judges as the master.
 */
import { judgeExit } from "../../src/policy/child-exit.ts";
import type { Ending } from "../../src/policy/child-exit.ts";
import { newChild } from "../../src/policy/child.ts";
import type { Child } from "../../src/policy/child.ts";
import type {
  Effect,
  Service,
  ServiceEvent,
  ServiceSettings,
  TimerName,
} from "../../src/policy/service.ts";
import { judgeStatus } from "../../src/policy/status-record.ts";
import { newService, step } from "../../src/policy/step.ts";

export type Surroundings = {
  nowSeconds: number;
  lastPid: number;
  generation: number;
  spawnSucceeds(): boolean;
  count(what: string): void;
};

const TIMER_EVENTS: Record<TimerName, ServiceEvent> = {
  throttle: { type: "throttle-expired" },
  wakeup: { type: "wakeup-due" },
  kill: { type: "kill-delay-expired" },
};

export class SimulatedService {
  readonly children = new Map<number, Child>();
  /** Got SIGKILL: nothing but death is left to them. */
  readonly doomed = new Set<number>();
  readonly timers = new Map<TimerName, number>();
  readonly identity: string;
  service: Service;
  /** As of the last reload. */
  settings: ServiceSettings;
  forgotten = false;
  readonly #surroundings: Surroundings;
  #activated = false;
  #watching = false;
  #channelOpen = false;
  #killDelayPassed = false;
  #lastBusyWarning: number | null = null;
  #stressUntil = 0;
  #wakeupAwaitsChild = false;
  /** What the next pause must be; null when a reload has made that a matter of bounds only. */
  #expectedPause: number | null;

  constructor(identity: string, settings: ServiceSettings, surroundings: Surroundings) {
    this.identity = identity;
    this.#surroundings = surroundings;
    this.settings = settings;
    this.service = newService(settings);
    this.#wakeupAwaitsChild = settings.wakeupConditional && settings.wakeupSeconds > 0;
    this.#expectedPause = Math.min(
      settings.throttleInitialSeconds,
      settings.throttleMaximumSeconds,
    );
    this.dispatch({ type: "activated" });
  }

  /** Every timer that is due fires before anything else happens (MST-126). */
  fireDueTimers(): void {
    for (const [name, due] of [...this.timers]) {
      if (due > this.#surroundings.nowSeconds || !this.timers.delete(name)) continue;
      if (name === "kill") this.#killDelayPassed = true;
      this.dispatch(TIMER_EVENTS[name]);
    }
  }

  /** A record as it was read from this service's channel; `child` is whoever has that pid. */
  receive(
    record: { pid: number; generation: number; status: number } | null,
    child: Child | undefined,
  ): void {
    const service = { identity: this.identity, externalName: "x", canonicalName: "private/x" };
    const verdict = judgeStatus({ service, record, byteCount: record === null ? 5 : 12, child });
    this.#surroundings.count(`status ${verdict.type}`);
    if (verdict.type === "ignored") return;
    this.children.set(verdict.child.pid, verdict.child);
    if (verdict.event.type === "child-idle") this.#expectedPause = this.#firstPause();
    this.dispatch(verdict.event);
  }

  exit(child: Child, ending: Ending): void {
    this.children.delete(child.pid);
    this.doomed.delete(child.pid);
    const { throttled } = this.service;
    const { badStart } = judgeExit(child, ending, this.service);
    this.dispatch({
      type: "child-exited",
      wasIdle: child.idle,
      wasRetiring: child.retiring,
      badStart,
    });
    ensure(this.service.throttled === (throttled || badStart), "a pause without cause, or none");
  }

  reconfigure(settings: ServiceSettings, changed: boolean): void {
    this.settings = settings;
    this.#wakeupAwaitsChild = settings.wakeupConditional && settings.wakeupSeconds > 0;
    const { throttleInitialSeconds, throttleMaximumSeconds } = settings;
    this.#expectedPause = changed ? Math.min(throttleInitialSeconds, throttleMaximumSeconds) : null;
    this.dispatch({ type: "reconfigured", settings, changed });
  }

  dispatch(event: ServiceEvent): void {
    ensure(!this.forgotten, "an event for a forgotten service");
    const { nowSeconds, count } = this.#surroundings;
    count(event.type);
    const before = this.service;
    if (event.type === "activated") this.#activated = true;
    if (event.type === "child-spawned") this.#wakeupAwaitsChild = false;
    if (event.type === "client-waiting" && this.#watching && takesLastSlot(before)) {
      this.#stressUntil = nowSeconds + 1000;
    }
    const frozen = Object.freeze({ ...before });
    const { service, effects } = step(frozen, event, nowSeconds);
    this.service = service;
    for (const [index, effect] of effects.entries()) {
      count(effect.type);
      if (effect.type === "spawn-child") {
        ensure(index === effects.length - 1, "an effect after spawn-child");
        this.#check();
        return this.#spawn(effect.stress);
      }
      this.#perform(effect, before);
    }
    this.#check();
  }

  #spawn(stress: boolean): void {
    const { service } = this;
    const around = this.#surroundings;
    const { processLimit, total, idle, throttled, leaving, stressAware } = service;
    ensure(hasRoom(service), "a spawn past the limit");
    ensure(idle === 0 && !throttled && !leaving, "a spawn that nobody needs");
    ensure(this.#channelOpen, "a spawn without status channel");
    const stressed = stressAware && this.#stressUntil > around.nowSeconds;
    ensure(stress === stressed, "a wrong stress slot");
    if (stress) around.count("stress");
    if (processLimit > 0 && total >= processLimit) around.count("spawn beside retiring");
    around.generation += 1;
    if (!around.spawnSucceeds()) return this.dispatch({ type: "spawn-failed" });
    around.lastPid += 1;
    const child = newChild({
      pid: around.lastPid,
      generation: around.generation,
      service: this.identity,
      path: "/daemons/x",
      commandLine: ["x"],
    });
    this.children.set(child.pid, child);
    this.dispatch({ type: "child-spawned" });
  }

  #perform(effect: Exclude<Effect, { type: "spawn-child" }>, before: Service): void {
    const { service, timers } = this;
    const { nowSeconds } = this.#surroundings;
    switch (effect.type) {
      case "watch-listener":
        ensure(effect.on !== this.#watching, "the listener watched or unwatched twice");
        this.#watching = effect.on;
        return;
      case "renew-status-channel":
        ensure(!service.leaving, "a status channel for a service that leaves");
        this.#channelOpen = true;
        return;
      case "close-status-channel":
        ensure(this.#channelOpen, "the status channel closed twice");
        this.#channelOpen = false;
        return;
      case "send-trigger":
        ensure(service.wakeupSeconds > 0, "a wakeup of a service that is never woken");
        ensure(!service.throttled && !service.leaving, "a wakeup of a service that is paused");
        return;
      case "start-timer":
        if (effect.timer === "throttle") this.#checkPause(effect.seconds);
        if (effect.timer === "kill") this.#killDelayPassed = false;
        timers.set(effect.timer, nowSeconds + effect.seconds);
        return;
      case "cancel-timer":
        timers.delete(effect.timer);
        return;
      case "report-busy":
        ensure(service.stressAware && service.total >= effect.limit, "a busy warning without need");
        ensure(
          this.#lastBusyWarning === null || nowSeconds - this.#lastBusyWarning > 1000,
          "a busy warning too soon",
        );
        this.#lastBusyWarning = nowSeconds;
        return;
      case "report-throttle":
        ensure(!before.throttled && service.throttled, "a report of a pause that is none");
        return;
      case "terminate-children":
        ensure(service.leaving, "children of a service that stays told to leave");
        for (const child of this.children.values()) {
          this.children.set(child.pid, { ...child, dismissed: true });
        }
        return;
      case "kill-children":
        for (const child of this.children.values()) {
          if (child.dismissed) this.doomed.add(child.pid);
        }
        return;
      case "forget":
        ensure(service.leaving && this.children.size === 0, "a service forgotten with children");
        ensure(timers.size === 0, "a service forgotten with a timer");
        this.forgotten = true;
        return;
    }
  }

  #checkPause(seconds: number): void {
    const { throttleMaximumSeconds: maximum } = this.service;
    ensure(!this.timers.has("throttle"), "a pause during a pause");
    ensure(seconds >= this.#firstPause() && seconds <= maximum, "a pause out of bounds");
    const expected = this.#expectedPause;
    ensure(expected === null || seconds === expected, `${seconds}s instead of ${expected}s`);
    this.#expectedPause = Math.min(2 * seconds, maximum);
  }

  #firstPause(): number {
    return Math.min(this.service.throttleInitialSeconds, this.service.throttleMaximumSeconds);
  }

  #check(): void {
    const { service, children, timers } = this;
    const { total, idle, retiring, throttled, leaving, wakeupSeconds } = service;
    const idleChildren = [...children.values()].filter((child) => child.idle).length;
    const retiringChildren = [...children.values()].filter((child) => child.retiring).length;
    ensure(0 <= idle && idle + retiring <= total, "idle or retiring outside 0 to total");
    ensure(total === children.size && idle === idleChildren, "a wrong count of children");
    ensure(retiring === retiringChildren, "a wrong count of retiring children");
    const mayListen = this.#activated && !leaving && !throttled && idle === 0 && hasRoom(service);
    ensure(service.listening === mayListen, "listening against the rule");
    ensure(service.listening === this.#watching, "the listener not watched as believed");
    ensure(timers.has("throttle") === throttled, "a pause without timer, or the reverse");
    ensure(service.wakeupAwaitsChild === this.#wakeupAwaitsChild, "a wakeup too early or late");
    const woken = !leaving && wakeupSeconds > 0 && !service.wakeupAwaitsChild;
    ensure(timers.has("wakeup") === woken, "a wakeup without timer, or the reverse");
    ensure(this.#channelOpen === !leaving, "a status channel open against the rule");
    if (leaving && total > 0) {
      ensure(timers.has("kill") || this.#killDelayPassed, "a service that may stay for ever");
    }
    ensure(!leaving || total > 0 || this.forgotten, "a service not forgotten");
  }
}

function takesLastSlot(service: Service): boolean {
  return service.stressAware && !hasRoom({ ...service, total: service.total + 1 });
}

/** Said in another way than the policy does: at the limit of those that accept, or at twice it. */
function hasRoom({ processLimit, total, retiring }: Service): boolean {
  if (processLimit === 0) return true;
  return total < 2 * processLimit && total - retiring < processLimit;
}

export function ensure(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`The policy ordered or left: ${otherwise}`);
}
