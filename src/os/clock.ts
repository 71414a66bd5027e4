/** Time for the event loop. */

/** A longer timeout would fire at once. */
const LONGEST_TIMEOUT_MILLISECONDS = 2 ** 31 - 1;

export type Timer = { cancel(): void };

/** Never goes back, and does not count the time that the machine slept. */
export function monotonicSeconds(): number {
  return performance.now() / 1000;
}

/** `background` does not keep an otherwise finished process alive. */
export function startTimer(
  seconds: number,
  onExpired: () => void,
  { background = false } = {},
): Timer {
  let remaining = Math.max(0, seconds * 1000);
  let handle: ReturnType<typeof setTimeout>;
  const next = () => {
    const part = Math.min(remaining, LONGEST_TIMEOUT_MILLISECONDS);
    remaining -= part;
    handle = setTimeout(remaining > 0 ? next : onExpired, part);
    if (background) handle.unref();
  };
  next();
  return { cancel: () => clearTimeout(handle) };
}
