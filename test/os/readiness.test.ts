import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readSync, writeFileSync, writeSync } from "node:fs";

import { closeFd, duplicate, makePipe } from "../../src/os/descriptor.ts";
import { Readiness } from "../../src/os/readiness.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("readiness", () => {
  const reports: number[] = [];
  let readiness: Readiness;
  beforeAll(() => {
    readiness = new Readiness({ watchdogSeconds: 1000 });
  });
  afterAll(() => readiness[Symbol.dispose]());

  const watch = (fd: number) => readiness.watch(fd, () => reports.push(fd));
  const reported = (count: number) => waitFor(`${count} reports`, () => reports.length >= count);
  const silence = () => neverHappens("a report", () => reports.length > 0, 100);

  function openPipe() {
    reports.length = 0;
    const [readEnd, writeEnd] = makePipe({ nonBlocking: true });
    const close = () => {
      readiness.unwatch(readEnd);
      closeFd(readEnd);
      closeFd(writeEnd);
    };
    return { readEnd, writeEnd, [Symbol.dispose]: close };
  }

  /** Microseconds of CPU while nothing happens; the runtime may have other work once, not always. */
  async function leastCpuOf(milliseconds: number): Promise<number> {
    const figures: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = process.cpuUsage();
      await Bun.sleep(milliseconds);
      const { user, system } = process.cpuUsage(before);
      figures.push(user + system);
    }
    return Math.min(...figures);
  }

  test("reports once, and again only when asked again", async () => {
    using pipe = openPipe();
    watch(pipe.readEnd);
    writeSync(pipe.writeEnd, "x");
    await reported(1);
    expect(await leastCpuOf(100)).toBeLessThan(50_000); // interest that is not one-shot would spin
    reports.length = 0;
    writeSync(pipe.writeEnd, "y");
    await silence();
    watch(pipe.readEnd); // still readable
    await reported(1);
    expect(reports).toEqual([pipe.readEnd]);
  });

  test("asking twice is asking once", async () => {
    using pipe = openPipe();
    watch(pipe.readEnd);
    watch(pipe.readEnd);
    writeSync(pipe.writeEnd, "x");
    await reported(1);
    reports.length = 0;
    await silence();
  });

  test("delivers nothing after interest was withdrawn, not even what was on its way (MST-126)", async () => {
    using pipe = openPipe();
    watch(pipe.readEnd);
    writeSync(pipe.writeEnd, "x");
    const until = performance.now() + 20;
    while (performance.now() < until); // the Worker has reported, the main loop has not run
    readiness.unwatch(pipe.readEnd);
    await silence();
  });

  test("a report for an earlier descriptor of the same number is not delivered for the new one", async () => {
    using first = openPipe();
    watch(first.readEnd);
    writeSync(first.writeEnd, "x");
    const until = performance.now() + 20;
    while (performance.now() < until);
    readiness.unwatch(first.readEnd);
    watch(first.writeEnd); // stands for the reused number: never readable
    readSync(first.readEnd, new Uint8Array(1));
    watch(first.readEnd);
    await silence();
    readiness.unwatch(first.writeEnd);
  });

  test("a descriptor that children still hold open is forgotten when it is unwatched", async () => {
    const [readEnd, writeEnd] = makePipe({ nonBlocking: true });
    const [idle, otherEnd] = makePipe({ nonBlocking: true });
    const heldByChild = duplicate(readEnd); // the same open file description
    reports.length = 0;
    watch(readEnd);
    readiness.unwatch(readEnd);
    closeFd(readEnd);
    const again = duplicate(idle, readEnd);
    expect(again).toBe(readEnd); // the number is used again
    watch(again);
    writeSync(writeEnd, "x"); // would be reported under this number if it were still registered
    await silence();
    readiness.unwatch(again);
    [again, idle, otherEnd, heldByChild, writeEnd].forEach(closeFd);
  });

  test("hundreds of listeners at once are all reported", async () => {
    const pipes = Array.from({ length: 300 }, () => makePipe({ nonBlocking: true }));
    reports.length = 0;
    for (const [readEnd] of pipes) watch(readEnd);
    for (const [, writeEnd] of pipes) writeSync(writeEnd, "x");
    await reported(pipes.length);
    expect(new Set(reports)).toEqual(new Set(pipes.map(([readEnd]) => readEnd)));
    for (const [readEnd, writeEnd] of pipes) {
      readiness.unwatch(readEnd);
      closeFd(readEnd);
      closeFd(writeEnd);
    }
  });
});

/** The product is a compiled binary, where a Worker starts from another kind of place. */
describe.each(["from source", "compiled"])("a process with readiness, %s", (form) => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());
  const probe = `${import.meta.dir}/readiness-probe.ts`;
  const command = form === "compiled" ? [directory.file("probe")] : [process.execPath, probe];

  beforeAll(async () => {
    if (form === "compiled") await compileProbe();
  });

  /** The same tree as in src/: the Worker lies in os/ below the main file. */
  async function compileProbe(): Promise<void> {
    mkdirSync(directory.file("os"));
    const worker = `${import.meta.dir}/../../src/os/readiness-worker.ts`;
    writeFileSync(directory.file("main.ts"), `import ${JSON.stringify(probe)};`);
    writeFileSync(directory.file("os/readiness-worker.ts"), `import ${JSON.stringify(worker)};`);
    const { success } = await Bun.build({
      entrypoints: [directory.file("main.ts"), directory.file("os/readiness-worker.ts")],
      compile: { outfile: directory.file("probe"), autoloadDotenv: false, autoloadBunfig: false },
      minify: true,
      bytecode: true,
      format: "esm",
      target: "bun",
    });
    expect(success).toBe(true);
  }

  /** In another working directory, where a file of the Worker's name does harm. */
  async function run(...words: string[]) {
    mkdirSync(directory.file("elsewhere/os"), { recursive: true });
    const trap = `require("fs").writeSync(1, "the wrong Worker"); process.exit(9);`;
    writeFileSync(directory.file("elsewhere/os/readiness-worker.ts"), trap);
    const began = performance.now();
    const child = Bun.spawn([...command, ...words], {
      cwd: directory.file("elsewhere"),
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 20_000,
    });
    const output = await child.stdout.text();
    const status = await child.exited;
    return { output, status, milliseconds: performance.now() - began };
  }

  test("learns of readiness within a few milliseconds", async () => {
    const { output, status } = await run("latency");
    expect(status).toBe(0);
    const { reports, microseconds } = JSON.parse(output);
    expect(reports).toBe(300);
    expect(microseconds).toBeLessThan(5000);
  });

  test("sleeps while nothing happens", async () => {
    const { output } = await run("idle", "1000", "1000");
    const { reports, switches } = JSON.parse(output);
    expect(reports).toBe(0);
    expect(switches).toBeLessThan(20); // the runtime's own, in its first second; a busy loop has thousands
  });

  test.each(["exit", "exit-at-once", "dispose"])("ends at once (%s)", async (way) => {
    const { output, status, milliseconds } = await run(way);
    expect(JSON.parse(output)).toEqual({ reports: way === "exit" ? 1 : 0 });
    expect(status).toBe(0);
    expect(milliseconds).toBeLessThan(2000);
  });

  test("is ended with a record when its main loop hangs (MST-128)", async () => {
    const { output, status } = await run("hang", "0.3");
    expect(output).toMatch(
      /^<18>\w{3} [ \d]\d \d\d:\d\d:\d\d test: fatal: watchdog timeout\nplain\n$/,
    );
    expect(status).toBe(1);
  });

  test("is left alone while its main loop runs, idle or not", async () => {
    const { output, status } = await run("alive", "0.3");
    expect(JSON.parse(output)).toEqual({ reports: 0 });
    expect(status).toBe(0);
  });
});
