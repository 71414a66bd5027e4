/** What a master holds in memory: by services, and after many children. */

import { readFileSync } from "node:fs";

import { type Benchmark, benchService, BothMasters, type Scale } from "./benchmark.ts";
import type { BenchPrograms } from "./programs.ts";
import type { Row, Side } from "./report.ts";

type Memory = Readonly<{ resident: number; dirty: number }>;

export const memory: Benchmark = {
  name: "memory",
  run: async (scale, programs) => [
    ...(await withServices(0, scale, programs)),
    ...(await withServices(scale.services, scale, programs)),
    ...(await afterSpawns(scale, programs)),
  ],
};

async function withServices(count: number, scale: Scale, programs: BenchPrograms): Promise<Row[]> {
  const services = Array.from({ length: count }, (_, index) =>
    benchService(`service${index}`, "hold", 5),
  );
  await using masters = await BothMasters.start({ programs, services });
  await Bun.sleep(scale.settleSeconds * 1000);
  return rowsOf(`${count} services`, (side) => memoryOf(masters.pid(side)));
}

async function afterSpawns(scale: Scale, programs: BenchPrograms): Promise<Row[]> {
  const services = [benchService("many", "once", 20)];
  await using masters = await BothMasters.start({ programs, services });
  const rows: Row[] = [];
  let spawned = 0;
  for (const total of [scale.spawnsBeforeGrowth, scale.spawnsAfterGrowth]) {
    for (const side of ["postfix", "pfmaster"] as const) {
      await programs.measure(["rate", masters.socket(side, "many"), String(total - spawned), "40"]);
    }
    spawned = total;
    await Bun.sleep(scale.settleSeconds * 1000);
    rows.push(...rowsOf(`after ${total} spawns`, (side) => memoryOf(masters.pid(side))));
  }
  return rows;
}

function rowsOf(when: string, measure: (side: Side) => Memory): Row[] {
  const postfix = measure("postfix");
  const pfmaster = measure("pfmaster");
  const row = (what: string, pick: (memory: Memory) => number): Row => ({
    name: `memory, ${when}: ${what}`,
    unit: "KiB",
    better: "lower",
    figures: { postfix: [pick(postfix)], pfmaster: [pick(pfmaster)] },
  });
  return [row("resident", ({ resident }) => resident), row("private dirty", ({ dirty }) => dirty)];
}

function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kibibytes = (name: string) => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(rollup)?.[1];
    if (found === undefined) throw new Error(`/proc/${pid}/smaps_rollup has no "${name}"`);
    return Number(found);
  };
  return { resident: kibibytes("Rss"), dirty: kibibytes("Private_Dirty") };
}
