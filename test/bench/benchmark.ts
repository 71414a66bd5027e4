/** What every benchmark gets, and how both masters are brought up for one. */

import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { masterUnderTest, POSTFIX_DAEMONS } from "../e2e/prerequisites.ts";
import type { MasterProcess } from "../support/master-process.ts";
import { POSTFIX_MASTER } from "../support/masters.ts";
import { Sandbox, type Settings } from "../support/sandbox.ts";
import type { BenchPrograms } from "./programs.ts";
import type { Row, Side } from "./report.ts";

/** How much work a run does: the full measure, or just enough to see that it still works. */
export type Scale = Readonly<{
  rounds: number;
  coldSpawns: number;
  spawns: number;
  services: number;
  /** After so many spawns in all, memory is looked at; growth shows between the later ones. */
  spawnTotals: readonly number[];
  commands: number;
  /** Of each anvil that is asked for its replies; a quarter of that goes before. */
  loadSeconds: number;
  coldReplies: number;
  childStarts: number;
  slowClients: number;
  settleSeconds: number;
  idleSettleSeconds: number;
  idleSeconds: number;
}>;

export type Benchmark = Readonly<{
  name: string;
  run: (scale: Scale, programs: BenchPrograms) => Promise<Row[]>;
}>;

export const POSTFIX_ANVIL = join(POSTFIX_DAEMONS, "anvil");

type Setup = Readonly<{
  programs: BenchPrograms;
  services: readonly string[];
  settings?: Settings;
  /** Only for pfmaster: Postfix does not know its parameters. */
  pfmasterSettings?: Settings;
}>;

/** Both masters, started with the same services, side by side. */
export class BothMasters implements AsyncDisposable {
  readonly #sandboxes: Record<Side, Sandbox>;
  readonly #processes: Record<Side, MasterProcess>;

  private constructor(sandboxes: Record<Side, Sandbox>, processes: Record<Side, MasterProcess>) {
    this.#sandboxes = sandboxes;
    this.#processes = processes;
  }

  static async start(setup: Setup): Promise<BothMasters> {
    const { programs, services, settings = {}, pfmasterSettings = {} } = setup;
    const postfix = await Sandbox.create(POSTFIX_MASTER, { services, settings });
    const pfmaster = await Sandbox.create(
      { name: "pfmaster", path: masterUnderTest() },
      { services, settings: { ...settings, ...pfmasterSettings } },
    );
    for (const sandbox of [postfix, pfmaster]) {
      symlinkSync(programs.child, sandbox.path("daemons", "bench-child"));
      symlinkSync(POSTFIX_ANVIL, sandbox.path("daemons", "postfix-anvil"));
      symlinkSync(masterUnderTest(), sandbox.path("daemons", "pfmaster"));
    }
    const processes = { postfix: await postfix.start(), pfmaster: await pfmaster.start() };
    return new BothMasters({ postfix, pfmaster }, processes);
  }

  sandbox(side: Side): Sandbox {
    return this.#sandboxes[side];
  }

  pid(side: Side): number {
    return this.#processes[side].pid;
  }

  /** The socket of a private UNIX service. */
  socket(side: Side, service: string): string {
    return this.#sandboxes[side].path("queue/private", service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandboxes.postfix[Symbol.asyncDispose]();
    await this.#sandboxes.pfmaster[Symbol.asyncDispose]();
  }
}

/** A master.cf line of a private UNIX service that runs the benchmarks' child. */
export function benchService(name: string, mode: string, processLimit: number): string {
  return `${name} unix - - n - ${processLimit} bench-child ${mode}`;
}
