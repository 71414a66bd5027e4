/** A clock that stands still until it is told to go on. */
import type { Clock, Timer } from "./service.ts";

type Due = { atSeconds: number; run: () => void };

export class TestClock implements Clock {
  readonly #startedAt = Date.now();
  #seconds = 0;
  readonly #timers = new Set<Due>();

  seconds(): number {
    return this.#seconds;
  }

  now(): Date {
    return new Date(this.#startedAt + this.#seconds * 1000);
  }

  after(seconds: number, run: () => void): Timer {
    const due: Due = { atSeconds: this.#seconds + Math.max(0, seconds), run };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  /** Runs what becomes due, in its order, each at its time; what that leads to has happened afterwards. */
  async advance(seconds: number): Promise<void> {
    const end = this.#seconds + seconds;
    for (let due = this.#next(end); due !== null; due = this.#next(end)) {
      this.#timers.delete(due);
      this.#seconds = due.atSeconds;
      due.run();
      await Bun.sleep(0);
    }
    this.#seconds = end;
    await Bun.sleep(0);
  }

  #next(end: number): Due | null {
    const due = [...this.#timers].filter(({ atSeconds }) => atSeconds <= end);
    return due.toSorted((left, right) => left.atSeconds - right.atSeconds)[0] ?? null;
  }
}
