/** How fast a master turns a waiting client into a child that has accepted it. */

import { type Benchmark, benchService, BothMasters } from "./benchmark.ts";
import { type Figures, figuresOf, interleaved, median } from "./report.ts";

/** Clients that wait at any time, for a process limit: always more than there are children. */
const WAITING_CLIENTS: Record<number, number> = { 1: 4, 20: 40 };

/** An idle master, one client: connect until the child has accepted. */
export const coldSpawn: Benchmark = {
  name: "cold-spawn",
  run: async (scale, programs) => {
    const services = [benchService("cold", "answer", 1)];
    await using masters = await BothMasters.start({ programs, services });
    const measure = (count: number) => (side: "postfix" | "pfmaster") =>
      programs.measure(["cold", masters.socket(side, "cold"), String(count)]);
    await interleaved(1, measure(scale.coldSpawns)); // both are warm from here on
    const results = await interleaved(scale.rounds, measure(scale.coldSpawns));
    const figures = figuresOf(results, median);
    return [{ name: "cold-spawn: connect to accepted", unit: "ms", better: "lower", figures }];
  },
};

/** Children spawned and reaped in a second, with always more clients waiting than children. */
export const spawnRate: Benchmark = {
  name: "spawn-rate",
  run: async (scale, programs) => {
    const rows = [];
    for (const stderr of ["log", "null"]) {
      const services = [benchService("limit1", "once", 1), benchService("limit20", "once", 20)];
      const pfmasterSettings = { child_stderr: stderr };
      await using masters = await BothMasters.start({ programs, services, pfmasterSettings });
      for (const limit of [1, 20]) {
        const figures = await measureRate(limit);
        const name = `spawn-rate: limit ${limit}, child_stderr=${stderr}`;
        rows.push({ name, unit: "/s", better: "higher" as const, figures });
      }

      async function measureRate(limit: number): Promise<Figures> {
        const clients = String(WAITING_CLIENTS[limit]);
        const run = (spawns: number) => (side: "postfix" | "pfmaster") =>
          programs.measure([
            "rate",
            masters.socket(side, `limit${limit}`),
            String(spawns),
            clients,
          ]);
        await interleaved(1, run(Math.ceil(scale.spawns / 4)));
        const results = await interleaved(scale.rounds, run(scale.spawns));
        return figuresOf(
          results,
          ([milliseconds = Number.NaN]) => (scale.spawns * 1000) / milliseconds,
        );
      }
    }
    return rows;
  },
};
