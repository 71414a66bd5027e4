/** Keeps one source of records from filling the log. Time is an argument. */

/** `suppressed` is what was dropped since the last record that was let through. */
export type Verdict = "log" | "drop" | Readonly<{ suppressed: number }>;

type Window = { startSeconds: number; count: number; suppressed: number };

export class RateLimit {
  readonly #burst: number;
  readonly #intervalSeconds: number;
  readonly #windows = new Map<string, Window>();

  /** At most `burst` records of each key in `intervalSeconds`. */
  constructor({ burst, intervalSeconds }: { burst: number; intervalSeconds: number }) {
    this.#burst = burst;
    this.#intervalSeconds = intervalSeconds;
  }

  allow(key: string, nowSeconds: number): Verdict {
    const known = this.#windows.get(key);
    const isOver = known === undefined || nowSeconds - known.startSeconds >= this.#intervalSeconds;
    if (!isOver) return this.#count(known);
    this.#windows.set(key, { startSeconds: nowSeconds, count: 1, suppressed: 0 });
    return known === undefined || known.suppressed === 0 ? "log" : { suppressed: known.suppressed };
  }

  /**
   * Ends every window that is over, and tells what was dropped in it and never reported: for a
   * source that fell silent. Also keeps the memory of keys small.
   */
  sweep(nowSeconds: number): { key: string; suppressed: number }[] {
    const unreported: { key: string; suppressed: number }[] = [];
    for (const [key, { startSeconds, suppressed }] of this.#windows) {
      if (nowSeconds - startSeconds < this.#intervalSeconds) continue;
      this.#windows.delete(key);
      if (suppressed > 0) unreported.push({ key, suppressed });
    }
    return unreported;
  }

  /** Something may be left to report. */
  get hasWindows(): boolean {
    return this.#windows.size > 0;
  }

  #count(window: Window): Verdict {
    if (window.count < this.#burst) {
      window.count++;
      return "log";
    }
    window.suppressed++;
    return "drop";
  }
}
