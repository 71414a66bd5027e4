/** One fast client of a child that has a thousand slow ones: what they cost it. */

import { waitFor } from "../support/wait-for.ts";
import { type Benchmark, BothMasters } from "./benchmark.ts";
import type { BenchPrograms } from "./programs.ts";
import { figuresOf, interleaved, type Row } from "./report.ts";

const SERVICE = "crowd unix - - n - 1 pfmaster echo";
/** Each slow client sends a byte a second; a few of them send at a time, as real ones would. */
const TICKS_PER_SECOND = 100;

/** Both columns are our child: Postfix has none like it. They differ in the master. */
export const crowd: Benchmark = {
  name: "crowd",
  run: async (scale, programs) => {
    await using masters = await BothMasters.start({ programs, services: [SERVICE] });
    const results = await interleaved(scale.rounds, async (side) => {
      const path = masters.socket(side, "crowd");
      const alone = await slowestPercent(programs, path, scale.loadSeconds);
      await using _slow = await SlowClients.connect(path, scale.slowClients);
      const crowded = await slowestPercent(programs, path, scale.loadSeconds);
      return { alone, crowded };
    });
    const row = (name: string, unit: string, pick: (one: Measured) => number): Row => ({
      name,
      unit,
      better: "lower",
      figures: figuresOf(results, pick),
    });
    return [
      row("fast client alone: p99", "µs", ({ alone }) => alone),
      row(`fast client among ${scale.slowClients} slow ones: p99`, "µs", ({ crowded }) => crowded),
      row("the same, against alone", "×", ({ alone, crowded }) => crowded / alone),
    ];
  },
};

type Measured = Readonly<{ alone: number; crowded: number }>;

async function slowestPercent(programs: BenchPrograms, path: string, seconds: number) {
  const { p99 } = await programs.load([
    ...["-u", path, "-c", "1", "-m", "persist", "-r", "hello\\n\\n"],
    ...["-d", String(seconds), "-w", String(seconds / 4)],
  ]);
  return p99;
}

class SlowClients implements AsyncDisposable {
  readonly #sockets: readonly Bun.Socket[];
  readonly #timer: Timer;
  #next = 0;

  private constructor(sockets: readonly Bun.Socket[]) {
    this.#sockets = sockets;
    this.#timer = setInterval(() => this.#sendSome(), 1000 / TICKS_PER_SECOND);
  }

  static async connect(path: string, count: number): Promise<SlowClients> {
    const sockets: Bun.Socket[] = [];
    for (let index = 0; index < count; index++) {
      sockets.push(await waitFor("room in the backlog", () => connectTo(path)));
    }
    return new SlowClients(sockets);
  }

  #sendSome(): void {
    for (let count = 0; count < this.#sockets.length / TICKS_PER_SECOND; count++) {
      this.#sockets[this.#next++ % this.#sockets.length]?.write("x");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.terminate();
    await Bun.sleep(0);
  }
}

/** Null while the backlog is full, which a UNIX socket refuses at once. */
function connectTo(path: string): Promise<Bun.Socket | null> {
  return Bun.connect({ unix: path, socket: { data: () => {} } }).catch(() => null);
}
