/**
 * Process creation policy: what one service needs done after an event. Knows nothing of sockets,
 * pids or clocks. A `spawn-child` is the last of its effects: the master carries it out and reports
 * how it went before it brings another event of that service.
 */
import type { Effect, Service, ServiceEvent, ServiceSettings } from "./service.ts";
import { carriedThrottleSeconds, firstThrottleSeconds, throttle } from "./throttle.ts";
import { restartEffects, wakeupEffects } from "./wakeup.ts";

/** How long stress mode outlives the last use of the last slot (MST-73). */
const STRESS_SECONDS = 1000;
/** Least time between two busy warnings of a service (MST-75). */
const BUSY_WARNING_SECONDS = 1000;

export type Step = { service: Service; effects: Effect[] };

export function newService(settings: ServiceSettings): Service {
  return {
    ...configured(settings),
    total: 0,
    retiring: 0,
    idle: 0,
    listening: false,
    throttled: false,
    nextThrottleSeconds: firstThrottleSeconds(settings),
    stressUntilSeconds: null,
    lastBusyWarningSeconds: null,
    leaving: false,
  };
}

export function step(service: Service, event: ServiceEvent, nowSeconds: number): Step {
  const settled = (next: Service, effects: Effect[] = []) => settle(next, effects, nowSeconds);
  const { total, retiring, idle, leaving } = service;
  switch (event.type) {
    case "activated":
      if (leaving) return unchanged(service);
      return settled(service, restartEffects(service));
    case "client-waiting":
      // A report that was overtaken by another event is no reason to panic (MST-76).
      return service.listening ? spawn(service, nowSeconds) : unchanged(service);
    case "child-spawned":
      return settled(...afterSpawn(service));
    case "spawn-failed":
      return settled(...throttle(service));
    case "child-taken":
      return settled({ ...service, idle: idle - 1 });
    case "child-idle":
      return settled({
        ...service,
        idle: idle + 1,
        nextThrottleSeconds: firstThrottleSeconds(service),
      });
    case "child-retiring":
      return settled({
        ...service,
        retiring: retiring + 1,
        idle: event.wasIdle ? idle - 1 : idle,
      });
    case "child-exited": {
      const rest = {
        ...service,
        total: total - 1,
        retiring: event.wasRetiring ? retiring - 1 : retiring,
        idle: event.wasIdle ? idle - 1 : idle,
      };
      return event.badStart ? settled(...throttle(rest)) : settled(rest);
    }
    case "throttle-expired":
      return settled({ ...service, throttled: false });
    case "wakeup-due":
      return { service, effects: leaving ? [] : wakeupEffects(service) };
    case "kill-delay-expired":
      return { service, effects: total > 0 ? [{ type: "kill-children" }] : [] };
    case "reconfigured":
      return settled(...reconfigure(service, event.settings, event.changed));
    case "finished":
      return leaving ? unchanged(service) : settled(...finish(service));
    case "removed":
      return leaving ? unchanged(service) : settled(...retire(service, event.killDelaySeconds));
  }
}

/** Every change of the counts, the limit or a flag ends here (MST-67), in the order of MST-68. */
function settle(service: Service, effects: Effect[], nowSeconds: number): Step {
  const { idle, retiring, total, leaving, throttled, listening } = service;
  if (idle < 0 || retiring < 0 || idle + retiring > total) {
    const counts = `${idle} idle and ${retiring} retiring of ${total} children`;
    throw new Error(`Cannot settle a service with ${counts}`);
  }
  const wanted = !leaving && !throttled && idle === 0;
  const on = wanted && hasRoom(service, total);
  const busy = wanted && !on && mayWarnBusy(service, nowSeconds);

  const orders = [...effects];
  if (on !== listening) orders.push({ type: "watch-listener", on });
  if (busy) orders.push({ type: "report-busy", limit: service.processLimit });
  if (leaving && total === 0) {
    orders.push({ type: "cancel-timer", timer: "kill" }, { type: "forget" });
  }
  const lastBusyWarningSeconds = busy ? nowSeconds : service.lastBusyWarningSeconds;
  return { service: { ...service, listening: on, lastBusyWarningSeconds }, effects: orders };
}

/** The master listens only where a spawn is allowed, so the preconditions of MST-76 hold. */
function spawn(service: Service, nowSeconds: number): Step {
  const effects: Effect[] = [];
  let { stressUntilSeconds } = service;
  if (service.stressAware && !hasRoom(service, service.total + 1)) {
    // The last slot is used: children that were started without stress are asked to leave (MST-73).
    if (stressUntilSeconds === null || stressUntilSeconds < nowSeconds) {
      effects.push(...restartEffects(service));
    }
    stressUntilSeconds = nowSeconds + STRESS_SECONDS;
  }
  const stress =
    service.stressAware && stressUntilSeconds !== null && stressUntilSeconds > nowSeconds;
  effects.push({ type: "spawn-child", stress });
  return { service: { ...service, stressUntilSeconds }, effects };
}

function afterSpawn(service: Service): [Service, Effect[]] {
  const { total, idle } = service;
  const grown = { ...service, total: total + 1, idle: idle + 1 };
  if (service.leaving) return [grown, [{ type: "terminate-children" }]];
  if (!service.wakeupAwaitsChild) return [grown, []];
  const awake = { ...grown, wakeupAwaitsChild: false };
  return [awake, wakeupEffects(awake)];
}

/** Also brings back a service that was about to leave: what it still has of children counts. */
function reconfigure(
  service: Service,
  settings: ServiceSettings,
  changed: boolean,
): [Service, Effect[]] {
  const next: Service = {
    ...service,
    ...configured(settings),
    leaving: false,
    throttled: service.throttled && !changed,
    nextThrottleSeconds: changed
      ? firstThrottleSeconds(settings)
      : carriedThrottleSeconds(service, settings),
  };
  const released: Effect[] =
    service.throttled && changed ? [{ type: "cancel-timer", timer: "throttle" }] : [];
  return [next, [...released, ...restartEffects(next)]];
}

/** MST-63, without waiting for the children. */
function retire(service: Service, killDelaySeconds: number): [Service, Effect[]] {
  const [leaving, effects] = finish(service);
  if (service.total === 0) return [leaving, effects];
  const timer: Effect = { type: "start-timer", timer: "kill", seconds: killDelaySeconds };
  return [leaving, [...effects, { type: "terminate-children" }, timer]];
}

function finish(service: Service): [Service, Effect[]] {
  return [
    { ...service, leaving: true, throttled: false },
    [
      { type: "cancel-timer", timer: "wakeup" },
      { type: "cancel-timer", timer: "throttle" },
      { type: "close-status-channel" },
    ],
  ];
}

function configured({ wakeupConditional, ...settings }: ServiceSettings) {
  return { ...settings, wakeupAwaitsChild: wakeupConditional && settings.wakeupSeconds > 0 };
}

/** Retiring children give their slots back, as far as all together stay below twice the limit. */
function hasRoom({ processLimit, retiring }: Service, total: number): boolean {
  return processLimit === 0 || total - Math.min(retiring, processLimit) < processLimit;
}

function mayWarnBusy(service: Service, nowSeconds: number): boolean {
  const { stressAware, lastBusyWarningSeconds: last } = service;
  return stressAware && (last === null || nowSeconds - last > BUSY_WARNING_SECONDS);
}

function unchanged(service: Service): Step {
  return { service, effects: [] };
}
