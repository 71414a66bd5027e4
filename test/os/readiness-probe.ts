/** A small program that readiness.test.ts runs from source and compiled. Prints one JSON line. */
import { readdirSync, readFileSync, readSync, writeSync } from "node:fs";

import { makePipe } from "../../src/os/descriptor.ts";
import { Readiness } from "../../src/os/readiness.ts";

const ROUNDS = 300;
const [name = "", watchdogSeconds = "1000"] = process.argv.slice(2);
const [readEnd, writeEnd] = makePipe({ nonBlocking: true });
let reports = 0;
let wake = () => {};
const readiness = new Readiness({ watchdogSeconds: Number(watchdogSeconds) });
const onReady = () => {
  reports++;
  wake();
};

const programs: Readonly<Record<string, () => Promise<void>>> = {
  /** Median microseconds from a write to its report. */
  async latency() {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      readiness.watch(readEnd, onReady);
      const before = performance.now();
      const report = new Promise<void>((resolve) => (wake = resolve));
      writeSync(writeEnd, "x");
      await report;
      times.push((performance.now() - before) * 1000);
      readSync(readEnd, new Uint8Array(9));
    }
    times.sort((a, b) => a - b);
    finish({ reports, microseconds: Math.round(times[ROUNDS / 2] ?? 0) });
  },

  /** How often threads ran while nothing happened; the main thread only for the timer. */
  async idle() {
    readiness.watch(readEnd, onReady);
    await Bun.sleep(500); // the runtime settles
    const before = switches();
    await Bun.sleep(Number(process.argv[4] ?? "1000"));
    finish({
      reports,
      switches: switches() - before,
      threads: readdirSync("/proc/self/task").length,
    });
  },

  async exit() {
    readiness.watch(readEnd, onReady);
    writeSync(writeEnd, "x");
    await new Promise<void>((resolve) => (wake = resolve)); // the Worker is up and waits
    finish({ reports });
  },

  async "exit-at-once"() {
    finish({ reports });
  },

  /** Nothing is left that keeps the process alive. */
  async dispose() {
    readiness.watch(readEnd, onReady);
    readiness[Symbol.dispose]();
    writeSync(1, JSON.stringify({ reports }));
  },

  async hang() {
    const words = { before: "<18>", dayPadding: " ", after: " test: fatal: watchdog timeout\n" };
    readiness.setLastWords([
      { fd: 1, ...words, dayPadding: " " },
      { fd: 1, before: "plain\n", dayPadding: null, after: "" },
    ]);
    for (;;);
  },

  /** Busy with other things than reports, for longer than the watchdog's patience. */
  async alive() {
    await Bun.sleep(3 * Number(watchdogSeconds) * 1000);
    finish({ reports });
  },
};

await programs[name]?.();

function finish(result: object): never {
  writeSync(1, JSON.stringify(result));
  process.exit(0);
}

function switches(): number {
  return readdirSync("/proc/self/task")
    .map((thread) => readFileSync(`/proc/self/task/${thread}/status`, "latin1"))
    .map((text) => Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1]))
    .reduce((sum, count) => sum + count, 0);
}
