/** How long a failing service is left alone. Knows nothing of timers. */
import type { Effect, Service } from "./service.ts";

type Bounds = Pick<Service, "throttleInitialSeconds" | "throttleMaximumSeconds">;

/** An initial delay above the maximum asks for the original's fixed delay. */
export function firstThrottleSeconds(bounds: Bounds): number {
  return Math.min(bounds.throttleInitialSeconds, bounds.throttleMaximumSeconds);
}

/** A running throttle is not extended (MST-90); a service that leaves spawns nothing anyway. */
export function throttle(service: Service): [Service, Effect[]] {
  if (service.throttled || service.leaving) return [service, []];
  const seconds = service.nextThrottleSeconds;
  return [
    {
      ...service,
      throttled: true,
      nextThrottleSeconds: Math.min(2 * seconds, service.throttleMaximumSeconds),
    },
    [
      { type: "report-throttle", seconds },
      { type: "start-timer", timer: "throttle", seconds },
    ],
  ];
}

/** A reload keeps what a service has earned, within the new bounds. */
export function carriedThrottleSeconds(before: Service, bounds: Bounds): number {
  const first = firstThrottleSeconds(bounds);
  if (before.nextThrottleSeconds === firstThrottleSeconds(before)) return first;
  return Math.max(first, Math.min(before.nextThrottleSeconds, bounds.throttleMaximumSeconds));
}
