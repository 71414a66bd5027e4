/** Records that a child can cause at will: each source may say a few things, the rest is counted. */
import type { Logger } from "../log/logger.ts";
import { RateLimit } from "../log/rate-limit.ts";
import { monotonicSeconds, startTimer } from "../os/clock.ts";
import { warning } from "../policy/report.ts";
import type { Report } from "../policy/report.ts";
import { writeReport } from "./write-report.ts";

const BURST = 20;
const INTERVAL_SECONDS = 10;

export class LimitedLog {
  readonly #log: Logger;
  readonly #limit = new RateLimit({ burst: BURST, intervalSeconds: INTERVAL_SECONDS });
  #sweeping = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `source` is who is to blame, as it is named in the record about what was left out. */
  write(source: string, report: Report): void {
    const verdict = this.#limit.allow(source, monotonicSeconds());
    if (verdict === "drop") return this.#sweepLater();
    if (verdict !== "log") this.#tellDropped(source, verdict.suppressed);
    writeReport(this.#log, report);
  }

  warning(source: string, text: string): void {
    this.write(source, warning(text));
  }

  /** Runs only while something was dropped: an idle master has no timer. */
  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    startTimer(INTERVAL_SECONDS, () => {
      this.#sweeping = false;
      for (const { key, suppressed } of this.#limit.sweep(monotonicSeconds())) {
        this.#tellDropped(key, suppressed);
      }
      if (this.#limit.hasWindows) this.#sweepLater();
    });
  }

  #tellDropped(source: string, count: number): void {
    writeReport(this.#log, warning(`${source}: ${count} more records were dropped`));
  }
}
