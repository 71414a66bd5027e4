/** How often a master with nothing to do wakes up, all its threads together. */

import { readdirSync, readFileSync } from "node:fs";

import { type Benchmark, benchService, BothMasters } from "./benchmark.ts";
import type { Side } from "./report.ts";

export const idle: Benchmark = {
  name: "idle",
  run: async (scale, programs) => {
    const services = Array.from({ length: 20 }, (_, index) =>
      benchService(`service${index}`, "hold", 5),
    );
    await using masters = await BothMasters.start({ programs, services });
    await Bun.sleep(scale.idleSettleSeconds * 1000);
    const before = {
      postfix: wakeups(masters.pid("postfix")),
      pfmaster: wakeups(masters.pid("pfmaster")),
    };
    await Bun.sleep(scale.idleSeconds * 1000);
    const since = (side: Side) => [wakeups(masters.pid(side)) - before[side]];
    return [
      {
        name: `idle wakeups in ${scale.idleSeconds} s`,
        unit: "",
        better: "lower",
        figures: { postfix: since("postfix"), pfmaster: since("pfmaster") },
      },
    ];
  },
};

/** Every wakeup of a sleeping thread was preceded by its going to sleep, and that is what is counted. */
function wakeups(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"))
    .map((status) => Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]))
    .reduce((sum, count) => sum + count, 0);
}
