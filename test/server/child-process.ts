/** Starts the built binary as a child, with the descriptors that a master gives it (PRO-01 to PRO-05). */
import { writeSync } from "node:fs";

import { closeFd, makePipe } from "../../src/os/descriptor.ts";
import { listenTcp, listenUnix } from "../../src/os/listener.ts";
import { Readiness } from "../../src/os/readiness.ts";
import { StatusChannel } from "../../src/os/status-channel.ts";
import { decodeStatusRecord, type StatusRecord } from "../../src/protocol/status-record.ts";
import { PFMASTER } from "../support/masters.ts";
import { waitFor } from "../support/wait-for.ts";

type Options = Readonly<{
  words: readonly string[];
  directory: string;
  /** A UNIX socket instead of a port. */
  socketPath?: string;
  argv0?: string;
  generation?: string;
  environment?: Readonly<Record<string, string>>;
  /** Shares listener, flow pipe and status channel, as the children of one service do. */
  siblingOf?: ChildProcess;
  /** Bytes in the flow pipe. */
  flowTokens?: number;
  /** Of the listener. */
  backlog?: number;
  /** A second port. */
  secondPort?: boolean;
}>;

export class ChildProcess implements AsyncDisposable {
  readonly port: number;
  readonly secondPort = freePort();
  readonly records: (StatusRecord | null)[];
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #readiness = new Readiness({ watchdogSeconds: 1000 });
  readonly #channel: StatusChannel;
  readonly #owned: number[] = [];
  /** 3, 4, 6 and maybe 7. */
  readonly #fds: readonly number[];
  readonly #isOwner: boolean;
  readonly #stderr: Promise<string>;
  #output = "";
  #leftToItself = false;

  constructor(options: Options) {
    const { words, directory, argv0 = "pfmaster", generation = "1", siblingOf } = options;
    this.#isOwner = siblingOf === undefined;
    this.port = siblingOf?.port ?? freePort();
    this.records = siblingOf?.records ?? [];
    this.#channel = siblingOf === undefined ? this.#openChannel() : siblingOf.#channel;
    this.#fds = siblingOf === undefined ? this.#openDescriptors(options) : siblingOf.#fds;
    const [flowRead = -1, flowWrite = -1, ...listeners] = this.#fds;
    this.#process = Bun.spawn([PFMASTER.path, ...words], {
      argv0,
      cwd: directory,
      env: { MAIL_CONFIG: directory, GENERATION: generation, ...options.environment },
      stdio: ["ignore", "ignore", "pipe", flowRead, flowWrite, this.#channel.childFd, ...listeners],
    });
    this.#stderr = this.#collect();
  }

  #openChannel(): StatusChannel {
    return new StatusChannel({
      readiness: this.#readiness,
      onRecord: (bytes) => this.records.push(decodeStatusRecord(bytes)),
      onBroken: (reason) => {
        throw new Error(`status channel: ${reason}`);
      },
    });
  }

  #openDescriptors(options: Options): readonly number[] {
    const { socketPath, flowTokens = 0, backlog = 50 } = options;
    const [flowRead, flowWrite] = makePipe({ nonBlocking: true });
    writeSync(flowWrite, new Uint8Array(flowTokens));
    const listener =
      socketPath === undefined
        ? listenTcp({ address: "127.0.0.1", port: this.port, backlog, windowSizeBytes: 0 })
        : listenUnix({ path: socketPath, backlog });
    this.#owned.push(flowRead, flowWrite, listener);
    if (options.secondPort === true) {
      const port = this.secondPort;
      this.#owned.push(listenTcp({ address: "127.0.0.1", port, backlog, windowSizeBytes: 0 }));
    }
    return this.#owned;
  }

  /** What it has written to standard error. */
  get output(): string {
    return this.#output;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  get signalCode(): string | null {
    const { signalCode } = this.#process;
    return signalCode === null ? null : String(signalCode);
  }

  get statuses(): readonly (number | undefined)[] {
    return this.records.map((record) => record?.status);
  }

  async logged(text: string | RegExp): Promise<void> {
    await waitFor(
      () => `${String(text)} in the log, which has ${this.#output}`,
      () => (typeof text === "string" ? this.#output.includes(text) : text.test(this.#output)),
    );
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async #collect(): Promise<string> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stderr) {
      this.#output += decoder.decode(bytes, { stream: true });
    }
    return this.#output;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** As a reload does: the child sees end of file on descriptor 5. */
  endGeneration(): void {
    this.#channel.retire();
  }

  /** The exit status and what was written to standard error. */
  async ended(): Promise<{ exitCode: number | null; stderr: string }> {
    await this.#process.exited;
    this.#channel.drain();
    this.#leftToItself = true;
    return { exitCode: this.#process.exitCode, stderr: await this.#stderr };
  }

  async recordCount(count: number): Promise<readonly (StatusRecord | null)[]> {
    await waitFor(`${count} status records`, () => this.records.length >= count);
    return this.records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#leftToItself) this.#process.kill("SIGKILL");
    await this.#process.exited;
    if (this.#isOwner) this.#channel.close();
    this.#readiness[Symbol.dispose]();
    for (const fd of this.#owned) closeFd(fd);
  }
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}
