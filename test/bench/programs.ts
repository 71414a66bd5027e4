/** The small C programs of the benchmarks, compiled once. Linked statically: exec costs as little as it can. */

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Replies a second, and within how many microseconds half and 99 of 100 of them came. */
export type LoadFigures = Readonly<{ rate: number; p50: number; p99: number }>;

export class BenchPrograms implements Disposable {
  readonly #directory: string;
  readonly child: string;
  readonly client: string;
  readonly floor: string;
  readonly #loadGenerator: string;

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), "bench-programs-"));
    chmodSync(this.#directory, 0o755); // children run from here
    this.child = this.#compile("bench-child");
    this.client = this.#compile("bench-client");
    this.floor = this.#compile("floor");
    this.#loadGenerator = this.#compile("loadgen");
  }

  /** Runs the client; its figures in milliseconds. */
  async measure(words: readonly string[]): Promise<number[]> {
    const client = Bun.spawn([this.client, ...words], { stdout: "pipe", stderr: "pipe" });
    const [figures, errors, status] = await Promise.all([
      client.stdout.text(),
      client.stderr.text(),
      client.exited,
    ]);
    if (status !== 0) throw new Error(`bench-client ${words.join(" ")}: ${errors}`);
    return figures
      .trimEnd()
      .split("\n")
      .map((nanoseconds) => Number(nanoseconds) / 1e6);
  }

  /** Requests to a server, with `-g` one that greets, as anvil does. */
  async load(words: readonly string[]): Promise<LoadFigures> {
    const command = [this.#loadGenerator, "-e", "\\n\\n", ...words];
    const generator = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
    const [figures, errors, status] = await Promise.all([
      generator.stdout.text(),
      generator.stderr.text(),
      generator.exited,
    ]);
    const [, rate, p50, p99] = /rate=(\d+) p50=(\d+) p90=\d+ p99=(\d+)/.exec(figures) ?? [];
    if (status !== 0 || rate === undefined) throw new Error(`${command.join(" ")}: ${errors}`);
    return { rate: Number(rate), p50: Number(p50), p99: Number(p99) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }

  #compile(name: string): string {
    const target = join(this.#directory, name);
    const source = join(import.meta.dir, `${name}.c`);
    const { exitCode, stderr } = Bun.spawnSync([
      "gcc",
      "-O2",
      "-Wall",
      "-static",
      "-o",
      target,
      source,
    ]);
    if (exitCode !== 0) throw new Error(`Cannot compile ${source}:\n${stderr.toString()}`);
    return target;
  }
}
