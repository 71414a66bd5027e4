/**
 * Ends a process that computes for longer than daemon_timeout (MUL-104). The kernel does it, by the
 * alarm signal that the master then reports: nothing of ours runs any more at that time.
 */
import { startTimer } from "../os/clock.ts";
import { killMeAfter } from "../os/process.ts";
import { ChildFailure } from "./child-failure.ts";

const PERIODS = 3;

/** Each sign of life of the event loop buys the limit anew. */
export function startWatchdog(limitSeconds: number): void {
  const period = Math.floor(limitSeconds / PERIODS);
  if (period === 0) {
    // MUL-105
    throw new ChildFailure(`Cannot use daemon_timeout = ${limitSeconds} s: expected at least 3 s`);
  }
  const renew = (): void => {
    // the next renewal may be due just when a long pass begins, which still has the whole limit
    killMeAfter(limitSeconds + period);
    startTimer(period, renew, { background: true });
  };
  renew();
}
