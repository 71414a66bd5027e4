/** What a master holds in memory: by services, and after many children. */

import { readFileSync } from "node:fs";

import { type Benchmark, benchService, BothMasters, type Scale } from "./benchmark.ts";
import type { BenchPrograms } from "./programs.ts";
import { figuresOf, type Row, type Side } from "./report.ts";

const SIDES: readonly Side[] = ["postfix", "pfmaster"];
const STARTS = 3; // a figure at rest varies little from one start to the next

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
  const results: Record<Side, Memory[]> = { postfix: [], pfmaster: [] };
  for (let start = 0; start < Math.min(scale.rounds, STARTS); start++) {
    await using masters = await BothMasters.start({ programs, services });
    await Bun.sleep(scale.settleSeconds * 1000);
    for (const side of SIDES) results[side].push(memoryOf(masters.pid(side)));
  }
  return rowsOf(`${count} services`, results);
}

async function afterSpawns(scale: Scale, programs: BenchPrograms): Promise<Row[]> {
  const services = [benchService("many", "once", 20)];
  await using masters = await BothMasters.start({ programs, services });
  const rows: Row[] = [];
  let spawned = 0;
  for (const total of scale.spawnTotals) {
    for (const side of SIDES) {
      await programs.measure(["rate", masters.socket(side, "many"), String(total - spawned), "40"]);
    }
    spawned = total;
    await Bun.sleep(scale.settleSeconds * 1000);
    const results = {
      postfix: [memoryOf(masters.pid("postfix"))],
      pfmaster: [memoryOf(masters.pid("pfmaster"))],
    };
    rows.push(...rowsOf(`after ${total} spawns`, results));
  }
  return rows;
}

function rowsOf(when: string, results: Record<Side, Memory[]>): Row[] {
  const row = (what: string, pick: (memory: Memory) => number): Row => ({
    name: `memory, ${when}: ${what}`,
    unit: "KiB",
    better: "lower",
    figures: figuresOf(results, pick),
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
