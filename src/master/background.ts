/** -w: start the master in the background and wait until it says that it serves (MST-135). */
import { fstatSync } from "node:fs";

import { closeFd, makePipe } from "../os/descriptor.ts";
import { waitForInput } from "../os/poll.ts";

/** In the environment of the background master only, and taken out of it at once. */
const READY_VARIABLE = "PFMASTER_READY_FD";
const READY_FD = 3;
const WAIT_SECONDS = 100;

/**
 * Returns what went wrong, or null once the background master serves. There is no fork: the same
 * command line runs again in a session of its own (design D8). Blocks: nothing else is to be done.
 */
export function startInBackground(
  ownPath: string,
  argv0: string,
  words: readonly string[],
): string | null {
  const [readEnd, writeEnd] = makePipe({ nonBlocking: false });
  const child = Bun.spawn([ownPath, ...words], {
    argv0,
    detached: true,
    env: { ...process.env, [READY_VARIABLE]: String(READY_FD) },
    stdio: [0, 1, 2, writeEnd],
  });
  closeFd(writeEnd); // or its end would never be seen
  const outcome = waitForInput(readEnd, WAIT_SECONDS * 1000);
  if (outcome === "data") return null;
  if (outcome === "end") return "daemon initialization failure -- see logs for details";
  child.kill("SIGKILL");
  return `no sign of life from the daemon after ${WAIT_SECONDS}s: killed it; see logs for details`;
}

/** Where a background master reports that it serves; null in any other master. */
export function takeReadyFd(): number | null {
  const text = process.env[READY_VARIABLE];
  delete process.env[READY_VARIABLE];
  return text === String(READY_FD) && isPipe(READY_FD) ? READY_FD : null;
}

/** Somebody else may have set the variable: the number could be anything, the runtime's own even. */
function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
