/** Both anvils under both masters: replies a second, and the same against the least that a server can do. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { waitFor } from "../support/wait-for.ts";
import { type Benchmark, BothMasters, type Scale } from "./benchmark.ts";
import type { BenchPrograms } from "./programs.ts";
import { type Figures, figuresOf, interleaved, median, type Row, type Side } from "./report.ts";

const SIDES: readonly Side[] = ["postfix", "pfmaster"];
const REQUEST = "request=message\\nident=smtp:192.0.2.%i\\n\\n";

/** Each anvil is a service of each master; it is the anvil that a column is about. */
const SERVICES = [
  "postfix-anvil unix n - n - 1 postfix-anvil",
  "pfmaster-anvil unix n - n - 1 pfmaster anvil",
];

type Load = Readonly<{ title: string; clients: number; mode: "persist" | "connect" }>;

const LOADS: readonly Load[] = [
  { title: "kept connections, 1 client", clients: 1, mode: "persist" },
  { title: "kept connections, 8 clients", clients: 8, mode: "persist" },
  { title: "kept connections, 64 clients", clients: 64, mode: "persist" },
  { title: "a connection per request, 64 clients", clients: 64, mode: "connect" },
];

export const anvilService: Benchmark = {
  name: "anvil",
  run: async (scale, programs) => {
    await using masters = await BothMasters.start({ programs, services: SERVICES });
    using floor = await Floor.start(programs);
    const rows: Row[] = [];
    for (const load of LOADS) {
      const rate = (path: string) => requestRate(programs, path, load, scale);
      const floors: number[] = [];
      const results = await interleaved(scale.rounds, async (side) => {
        const under = await bothMasters((master) => rate(socketOf(masters, master, side)));
        floors.push(await rate(floor.path));
        return under;
      });
      for (const master of SIDES) {
        rows.push({
          name: `anvil under ${master}: ${load.title}`,
          unit: "/s",
          better: "higher",
          figures: figuresOf(results, (under) => under[master]),
        });
      }
      rows.push({
        name: `share of the floor: ${load.title}`,
        unit: "%",
        better: "higher",
        figures: shares(
          figuresOf(results, ({ pfmaster }) => pfmaster),
          median(floors),
        ),
      });
    }
    return rows;
  },
};

/** What a client waits for that finds a service asleep: the master starts the child, and it answers. */
export const coldAnvil: Benchmark = {
  name: "cold-anvil",
  run: async (scale, programs) => {
    await using masters = await BothMasters.start({
      programs,
      services: SERVICES,
      settings: { max_idle: "1s", anvil_rate_time_unit: "1s" },
    });
    const rows: Row[] = [];
    for (const master of SIDES) {
      const results = await interleaved(scale.coldReplies, async (side) => {
        await waitFor("anvil to fall asleep", () => childCount(masters.pid(master)) === 0);
        return firstReply(programs, socketOf(masters, master, side));
      });
      rows.push({
        name: `cold anvil under ${master}: connect to reply`,
        unit: "ms",
        better: "lower",
        figures: figuresOf(results, (milliseconds) => milliseconds),
      });
    }
    return rows;
  },
};

class Floor implements Disposable {
  readonly path: string;
  readonly #directory: string;
  readonly #process: Bun.Subprocess;

  private constructor(programs: BenchPrograms) {
    this.#directory = mkdtempSync(join(tmpdir(), "bench-floor-"));
    this.path = join(this.#directory, "socket");
    this.#process = Bun.spawn([programs.floor, this.path]);
  }

  static async start(programs: BenchPrograms): Promise<Floor> {
    const floor = new Floor(programs);
    await waitFor("the floor to listen", () => readdirSync(floor.#directory).includes("socket"));
    return floor;
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true });
  }
}

async function requestRate(
  programs: BenchPrograms,
  path: string,
  { clients, mode }: Load,
  scale: Scale,
): Promise<number> {
  const { rate } = await programs.load([
    "-g",
    ...["-u", path, "-c", String(clients), "-m", mode, "-r", REQUEST],
    ...["-d", String(scale.loadSeconds), "-w", String(scale.loadSeconds / 4)],
  ]);
  return rate;
}

async function firstReply(programs: BenchPrograms, path: string): Promise<number> {
  const { p50 } = await programs.load([
    "-g",
    ...["-u", path, "-c", "1", "-n", "1", "-m", "connect", "-r", REQUEST],
  ]);
  return p50 / 1000;
}

async function bothMasters(
  measure: (master: Side) => Promise<number>,
): Promise<Record<Side, number>> {
  return { postfix: await measure("postfix"), pfmaster: await measure("pfmaster") };
}

function shares({ postfix, pfmaster }: Figures, floor: number): Figures {
  const percent = (rate: number) => (100 * rate) / floor;
  return { postfix: postfix.map(percent), pfmaster: pfmaster.map(percent) };
}

function socketOf(masters: BothMasters, master: Side, anvil: Side): string {
  return masters.sandbox(master).path("queue/public", `${anvil}-anvil`);
}

function childCount(pid: number): number {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").length - 1;
}
