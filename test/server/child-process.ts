/** Starts the built binary as a child, with the descriptors that a master gives it (PRO-01 to PRO-05). */
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
}>;

export class ChildProcess implements AsyncDisposable {
  readonly port: number;
  readonly records: (StatusRecord | null)[] = [];
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #readiness = new Readiness({ watchdogSeconds: 1000 });
  readonly #channel: StatusChannel;
  readonly #fds: number[];
  readonly #stderr: Promise<string>;
  #leftToItself = false;

  constructor(options: Options) {
    const { words, directory, socketPath, argv0 = "pfmaster", generation = "1" } = options;
    this.port = freePort();
    this.#channel = new StatusChannel({
      readiness: this.#readiness,
      onRecord: (bytes) => this.records.push(decodeStatusRecord(bytes)),
      onBroken: (reason) => {
        throw new Error(`status channel: ${reason}`);
      },
    });
    const listener =
      socketPath === undefined
        ? listenTcp({ address: "127.0.0.1", port: this.port, backlog: 50, windowSizeBytes: 0 })
        : listenUnix({ path: socketPath, backlog: 50 });
    this.#fds = [...makePipe({ nonBlocking: true }), listener];
    const [flowRead = -1, flowWrite = -1] = this.#fds;
    this.#process = Bun.spawn([PFMASTER.path, ...words], {
      argv0,
      cwd: directory,
      env: { MAIL_CONFIG: directory, GENERATION: generation, ...options.environment },
      stdio: ["ignore", "ignore", "pipe", flowRead, flowWrite, this.#channel.childFd, listener],
    });
    this.#stderr = new Response(this.#process.stderr).text();
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
    this.#channel.close();
    this.#readiness[Symbol.dispose]();
    for (const fd of this.#fds) closeFd(fd);
  }
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}
