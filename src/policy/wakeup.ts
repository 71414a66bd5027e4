/** When a service is woken, and what a start or restart of it does. Knows nothing of timers. */
import type { Effect, Service } from "./service.ts";

/** Start and restart differ only in what the status channel was before (MST-59, MST-60). */
export function restartEffects(service: Service): Effect[] {
  return [
    { type: "cancel-timer", timer: "wakeup" },
    { type: "renew-status-channel" },
    ...wakeupEffects(service),
  ];
}

/** The wakeup keeps its rhythm while nothing may be sent (MST-91, MST-101). */
export function wakeupEffects({ wakeupSeconds, wakeupAwaitsChild, throttled }: Service): Effect[] {
  if (wakeupSeconds === 0 || wakeupAwaitsChild) return [];
  const timer: Effect = { type: "start-timer", timer: "wakeup", seconds: wakeupSeconds };
  return throttled ? [timer] : [{ type: "send-trigger" }, timer];
}
