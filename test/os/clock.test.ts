import { expect, test } from "bun:test";

import { monotonicSeconds, startTimer } from "../../src/os/clock.ts";
import { neverHappens } from "../support/wait-for.ts";

test("a timer expires after its time and not before", async () => {
  const began = monotonicSeconds();
  await new Promise<void>((resolve) => startTimer(0.05, resolve));
  expect(monotonicSeconds() - began).toBeGreaterThanOrEqual(0.049);
});

test("a cancelled timer never expires", async () => {
  let expired = false;
  startTimer(0.01, () => (expired = true)).cancel();
  await neverHappens("expiry", () => expired, 50);
});

test("a timer of years does not expire at once", async () => {
  let expired = false;
  const timer = startTimer(2 ** 31, () => (expired = true));
  await neverHappens("expiry", () => expired, 50);
  timer.cancel();
});

test("a long timer is made of parts that a cancel reaches too", () => {
  const real = globalThis.setTimeout;
  const parts: number[] = [];
  const callbacks: (() => void)[] = [];
  globalThis.setTimeout = ((callback: () => void, milliseconds: number) => {
    parts.push(milliseconds);
    callbacks.push(callback);
    return real(() => {}, 0);
  }) as typeof setTimeout;
  let expired = 0;
  startTimer(3_000_000, () => expired++);
  callbacks.at(-1)?.();
  callbacks.at(-1)?.();
  globalThis.setTimeout = real;
  expect({ parts, expired }).toEqual({ parts: [2 ** 31 - 1, 3e9 - (2 ** 31 - 1)], expired: 1 });
});

test("a background timer does not keep a finished process alive", async () => {
  const program = `import { startTimer } from "${import.meta.dir}/../../src/os/clock.ts";
    startTimer(60, () => {}, { background: true });`;
  const child = Bun.spawn([process.execPath, "-e", program], { timeout: 5000 });
  expect(await child.exited).toBe(0);
});
