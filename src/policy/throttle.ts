/** How long a failing service is left alone. Knows nothing of timers. */
import type { Service } from "./service.ts";

type Bounds = Pick<Service, "throttleInitialSeconds" | "throttleMaximumSeconds">;

/** An initial delay above the maximum asks for the original's fixed delay. */
export function firstThrottleSeconds(bounds: Bounds): number {
  return Math.min(bounds.throttleInitialSeconds, bounds.throttleMaximumSeconds);
}

export function doubledThrottleSeconds(seconds: number, bounds: Bounds): number {
  return Math.min(2 * seconds, bounds.throttleMaximumSeconds);
}

/** A reload keeps what a service has earned, within the new bounds. */
export function carriedThrottleSeconds(before: Service, bounds: Bounds): number {
  const first = firstThrottleSeconds(bounds);
  if (before.nextThrottleSeconds === firstThrottleSeconds(before)) return first;
  return Math.max(first, Math.min(before.nextThrottleSeconds, bounds.throttleMaximumSeconds));
}
