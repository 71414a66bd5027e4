/** One run of a master in a sandbox: how it was started, how it ended. */

import type { Master } from "./masters.ts";
import { childrenOf } from "./process-facts.ts";
import type { Sandbox } from "./sandbox.ts";
import { waitFor, within } from "./wait-for.ts";

export type StartOptions = Readonly<{
  /** Another master than the sandbox's own. */
  by?: Master;
  /** Options after `-c <directory>`. */
  options?: readonly string[];
  /** Replaces `-c <directory>` and the options. */
  words?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Runs the master: `["setpriv", …]`. It must exec, so that the pid stays. */
  wrapper?: readonly string[];
  /** Wait for the wrapper's child instead: wrappers such as `unshare --fork` do not exec. */
  wrapperForks?: boolean;
  argv0?: string;
  workingDirectory?: string;
}>;

export type Exit = Readonly<{ status: number | null; signal: string | null }>;

export class MasterProcess {
  private readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  private readonly output: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
  private readonly outputEnds: Promise<unknown>;
  private readonly wrapperForks: boolean;

  constructor(sandbox: Sandbox, given: StartOptions) {
    const words = given.words ?? ["-c", sandbox.path("etc"), ...(given.options ?? [])];
    const { argv0, by: master = sandbox.master } = given;
    this.wrapperForks = given.wrapperForks ?? false;
    this.process = Bun.spawn([...(given.wrapper ?? []), master.path, ...words], {
      env: { ...sandbox.markedEnvironment(), ...given.environment },
      cwd: given.workingDirectory ?? "/",
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      ...(argv0 === undefined ? {} : { argv0 }),
    });
    this.outputEnds = Promise.all([
      this.collect(this.process.stdout, "stdout"),
      this.collect(this.process.stderr, "stderr"),
    ]);
  }

  /** The master's own pid. */
  get pid(): number {
    if (!this.wrapperForks) return this.process.pid;
    const [child] = childrenOf(this.process.pid);
    if (child === undefined) throw new Error("the wrapper has no child");
    return child;
  }

  get hasExited(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async exit(): Promise<Exit> {
    await within(`the end of ${this.describe()}`, this.process.exited);
    const { exitCode, signalCode } = this.process;
    return { status: exitCode, signal: signalCode === null ? null : String(signalCode) };
  }

  /** Standard output and error up to now; all of it once the last holder has closed them. */
  get stdout(): string {
    return this.output.stdout;
  }

  get stderr(): string {
    return this.output.stderr;
  }

  async allOutput(): Promise<{ stdout: string; stderr: string }> {
    await within("the end of the output", this.outputEnds);
    return this.output;
  }

  /** Processes that this master started and that still run. */
  children(): number[] {
    return childrenOf(this.pid);
  }

  /** Wait until so many children run. */
  waitForChildren(count: number): Promise<number[]> {
    return waitFor(
      () => `${count} children, has ${this.children().join(" ")}`,
      () => {
        const children = this.children();
        return children.length === count && children;
      },
    );
  }

  describe(): string {
    const { exitCode, signalCode, pid } = this.process;
    return `master ${pid} (status ${exitCode}, signal ${signalCode}) ${this.output.stderr}`;
  }

  private async collect(stream: ReadableStream<Uint8Array>, name: "stdout" | "stderr") {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.output[name] += decoder.decode(bytes, { stream: true });
  }
}
