/** How often a master with nothing to do wakes up, all its threads together. */

import { readdirSync, readFileSync } from "node:fs";

import { type Benchmark, benchService, BothMasters } from "./benchmark.ts";
import type { Side } from "./report.ts";

const LOOK_MILLISECONDS = 200;
const SIDES: readonly Side[] = ["postfix", "pfmaster"];

export const idle: Benchmark = {
  name: "idle",
  run: async (scale, programs) => {
    const services = Array.from({ length: 20 }, (_, index) =>
      benchService(`service${index}`, "hold", 5),
    );
    await using masters = await BothMasters.start({ programs, services });
    await Bun.sleep(scale.idleSettleSeconds * 1000);
    const counts = {
      postfix: new WakeupCount(masters.pid("postfix")),
      pfmaster: new WakeupCount(masters.pid("pfmaster")),
    };
    const end = performance.now() + scale.idleSeconds * 1000;
    while (performance.now() < end) {
      await Bun.sleep(Math.min(LOOK_MILLISECONDS, scale.idleSeconds * 1000));
      for (const side of SIDES) counts[side].look();
    }
    return [
      {
        name: `idle wakeups in ${scale.idleSeconds} s`,
        unit: "",
        better: "lower",
        figures: { postfix: [counts.postfix.total], pfmaster: [counts.pfmaster.total] },
      },
    ];
  },
};

/**
 * Every wakeup of a sleeping thread was preceded by its going to sleep, and that is what is counted. A thread that
 * ends takes its count with it: hence the frequent looks, which do not wake anybody.
 */
class WakeupCount {
  readonly #pid: number;
  #threads: Map<string, number>;
  total = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#threads = sleepsByThread(pid);
  }

  look(): void {
    const now = sleepsByThread(this.#pid);
    for (const [thread, count] of now) this.total += count - (this.#threads.get(thread) ?? 0);
    this.#threads = now;
  }
}

function sleepsByThread(pid: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readStatus(`/proc/${pid}/task/${thread}/status`);
    const count = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1];
    if (count !== undefined) counts.set(thread, Number(count));
  }
  return counts;
}

/** Empty for a thread that ended between the two looks. */
function readStatus(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ESRCH"].includes(code)) return "";
    throw error;
  }
}
