/** Waiting for a condition instead of a time. Knows nothing of what is waited for. */

const POLL_MILLISECONDS = 10;
const DEFAULT_LIMIT_MILLISECONDS = 15_000;

type Answer<T> = T | null | undefined | false;

/** Ask again and again until the answer is something; `what` completes "gave up waiting for …". */
export async function waitFor<T>(
  what: string | (() => string),
  look: () => Answer<T> | Promise<Answer<T>>,
  limitMilliseconds = DEFAULT_LIMIT_MILLISECONDS,
): Promise<T> {
  const deadline = performance.now() + limitMilliseconds;
  for (;;) {
    const answer = await look();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) {
      throw new Error(`gave up waiting for ${typeof what === "string" ? what : what()}`);
    }
    await Bun.sleep(POLL_MILLISECONDS);
  }
}

/** For what must not happen: looks all the time and fails at the first sign of it. */
export async function neverHappens(
  what: string,
  look: () => boolean | Promise<boolean>,
  watchMilliseconds = 300,
): Promise<void> {
  const end = performance.now() + watchMilliseconds;
  while (performance.now() < end) {
    if (await look()) throw new Error(`must not happen: ${what}`);
    await Bun.sleep(POLL_MILLISECONDS);
  }
}

/** The promise's value, or a failure that says what took too long. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  limitMilliseconds = DEFAULT_LIMIT_MILLISECONDS,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`gave up waiting for ${what}`)),
    limitMilliseconds,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
