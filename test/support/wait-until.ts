/** Waiting for a condition, never for a time. */

type Limits = Readonly<{ withinSeconds?: number; everyMilliseconds?: number }>;

/** Polls until the condition gives something truthy, and returns it. `what` is named on failure. */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  { withinSeconds = 10, everyMilliseconds = 20 }: Limits = {},
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const deadline = performance.now() + withinSeconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, false | null | undefined | 0 | "">;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${withinSeconds} s in vain: expected that ${what}`);
    }
    await Bun.sleep(everyMilliseconds);
  }
}
