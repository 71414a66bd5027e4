/** What a health check costs: `-t` of both masters, and pfmaster's `status` beside Postfix's `-t`. */

import { type Benchmark, BothMasters } from "./benchmark.ts";
import { figuresOf, interleaved, median, type Row, type Side } from "./report.ts";

type Cost = Readonly<{ wallMilliseconds: number; cpuMilliseconds: number }>;

export const healthChecks: Benchmark = {
  name: "health-checks",
  run: async (scale, programs) => {
    await using masters = await BothMasters.start({ programs, services: [] });
    const rows: Row[] = [];
    for (const check of ["-t", "status"]) {
      const measure = async (side: Side) => {
        const words = check === "status" && side === "pfmaster" ? ["status"] : ["-t"];
        const costs = Array.from({ length: scale.commands }, () => cost(masters, side, words));
        return {
          wallMilliseconds: median(costs.map(({ wallMilliseconds }) => wallMilliseconds)),
          cpuMilliseconds: median(costs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
        };
      };
      const results = await interleaved(scale.rounds, measure);
      const name = check === "-t" ? "-t" : "status (postfix: -t)";
      rows.push(
        {
          name: `${name}: wall`,
          unit: "ms",
          better: "lower",
          figures: figuresOf(results, ({ wallMilliseconds }) => wallMilliseconds),
        },
        {
          name: `${name}: CPU, must stay under 20 ms`,
          unit: "ms",
          better: "lower",
          figures: figuresOf(results, ({ cpuMilliseconds }) => cpuMilliseconds),
        },
      );
    }
    return rows;
  },
};

function cost(masters: BothMasters, side: Side, words: readonly string[]): Cost {
  const sandbox = masters.sandbox(side);
  const [first = "", ...rest] = words;
  const configuration = ["-c", sandbox.path("etc")];
  const command = first.startsWith("-")
    ? [...configuration, ...words]
    : [first, ...configuration, ...rest];
  const start = performance.now();
  const { resourceUsage, exitCode } = Bun.spawnSync([sandbox.master.path, ...command], {
    env: sandbox.markedEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const wallMilliseconds = performance.now() - start;
  const expected = first === "status" ? 0 : 1; // both mean "running"
  if (exitCode !== expected) {
    throw new Error(`${command.join(" ")}: exit status ${exitCode}, expected ${expected}`);
  }
  return { wallMilliseconds, cpuMilliseconds: Number(resourceUsage.cpuTime.total) / 1000 };
}
