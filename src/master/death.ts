/** How the master ends on a signal (MST-113, MST-119 to MST-121). Nothing is waited for. */
import { constants } from "node:os";

import type { Logger } from "../log/logger.ts";
import { killMeAfter, processGroup, signalProcess } from "../os/process.ts";

/** None for a fault: a handler in this runtime would run into the same fault again (MST-113). */
export const DEADLY_SIGNALS = ["SIGINT", "SIGQUIT", "SIGTERM"] as const;
export type DeadlySignal = (typeof DEADLY_SIGNALS)[number];

const GRACE_SECONDS = 5;

export type Death = Readonly<{
  log: Logger;
  initMode: boolean;
  childPids: readonly number[];
}>;

/** Our parent sees that the signal ended us, or, of process 1, that all is well (MST-120). */
export function die(signal: DeadlySignal, { log, initMode, childPids }: Death): never {
  process.removeAllListeners("SIGALRM");
  killMeAfter(GRACE_SECONDS);
  log.info(`terminating on signal ${constants.signals[signal]}`);
  const ownGroup = processGroup() === process.pid;
  // Somebody else's group is not ours to signal: a shell with -d would be in it.
  const targets = ownGroup ? [0] : childPids;
  for (const pid of targets) signalProcess(pid, "SIGTERM");
  // The kernel keeps deadly signals of its own away from process 1.
  if (initMode || process.pid === 1) process.exit(0);
  process.removeAllListeners(signal);
  signalProcess(process.pid, signal);
  throw new Error(`still alive after ${signal}`);
}
