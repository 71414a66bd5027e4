/** `bun test/bench/run.ts [--smoke] [name...]`: the benchmarks, one line a row, both masters on it. */

import { cannotRun, missingForPfmaster, missingForPostfix } from "../e2e/prerequisites.ts";
import { anvilService, coldAnvil } from "./anvil-service.ts";
import type { Benchmark, Scale } from "./benchmark.ts";
import { childMemory, childStart } from "./child-start.ts";
import { crowd } from "./crowd.ts";
import { healthChecks } from "./health-checks.ts";
import { idle } from "./idle.ts";
import { memory } from "./memory.ts";
import { BenchPrograms } from "./programs.ts";
import { reload } from "./reload.ts";
import { formatRow } from "./report.ts";
import { coldSpawn, spawnRate } from "./spawning.ts";

const BENCHMARKS: readonly Benchmark[] = [
  ...[coldSpawn, spawnRate, healthChecks, reload, memory, idle],
  ...[anvilService, coldAnvil, childStart, childMemory, crowd],
];

const FULL: Scale = {
  rounds: 7,
  coldSpawns: 200,
  spawns: 1000,
  services: 1000,
  spawnTotals: [1000, 10_000, 20_000],
  commands: 5,
  loadSeconds: 1,
  coldReplies: 5,
  childStarts: 20,
  slowClients: 1000,
  settleSeconds: 2,
  idleSettleSeconds: 35, // the runtime's own timers run out in the first half minute
  idleSeconds: 60,
};

/** Shows that everything works; its figures mean nothing. */
const SMOKE: Scale = {
  rounds: 1,
  coldSpawns: 3,
  spawns: 40,
  services: 20,
  spawnTotals: [20, 40, 60],
  commands: 1,
  loadSeconds: 0.1,
  coldReplies: 1,
  childStarts: 1,
  slowClients: 20,
  settleSeconds: 0,
  idleSettleSeconds: 0,
  idleSeconds: 0.1,
};

async function main(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => word !== "--smoke");
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(", ");
    console.error(`Unknown benchmark "${unknown.join('", "')}": expected any of ${known}`);
    return 64;
  }
  if (cannotRun("benchmarks", [...missingForPostfix(), ...missingForPfmaster()])) return 1;

  using programs = new BenchPrograms();
  const scale = words.includes("--smoke") ? SMOKE : FULL;
  for (const { name, run } of BENCHMARKS) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const row of await run(scale, programs)) console.log(formatRow(row));
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
