/** The one child of `pfmaster dev`, with the descriptors that a master gives it (PRO-01 to PRO-05). */
import { makePipe } from "../os/descriptor.ts";
import { ownPath } from "../os/executable.ts";
import { Readiness } from "../os/readiness.ts";
import { StatusChannel } from "../os/status-channel.ts";
import { printError } from "./print.ts";

type Options = Readonly<{
  name: string;
  transport: "inet" | "unix";
  listenerFd: number;
  /** Of main.cf. */
  directory: string;
  overrides: readonly string[];
}>;

/** A file that cannot be used is not tried again until it changes. */
const SHORTEST_LIFE_SECONDS = 2;
const WATCHDOG_SECONDS = 1000;
const WITHOUT_LIMITS = ["-i", "4w", "-m", "2147483647"];

export class DevChild implements Disposable {
  readonly #options: Options;
  readonly #readiness = new Readiness({ watchdogSeconds: WATCHDOG_SECONDS });
  readonly #flow = makePipe({ nonBlocking: true });
  readonly #channel: StatusChannel;
  #process: Bun.Subprocess | null = null;
  #startedAt = 0;
  #stopping = false;

  constructor(options: Options) {
    this.#options = options;
    // What the child reports is for a master with more than one; it has to be read all the same.
    const onBroken = () => {};
    this.#channel = new StatusChannel({ readiness: this.#readiness, onRecord: () => {}, onBroken });
  }

  start(): void {
    const { name, transport, listenerFd, directory, overrides } = this.#options;
    const words = [
      ...["-d", "-V", "-l", "-z", "-t", transport, "-n", name, ...WITHOUT_LIMITS],
      ...overrides.flatMap((text) => ["-o", text]),
      name,
    ];
    this.#startedAt = performance.now();
    this.#process = Bun.spawn([ownPath(), ...words], {
      argv0: "pfmaster",
      env: { MAIL_CONFIG: directory, GENERATION: "1", PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "inherit", "inherit", ...this.#flow, this.#channel.childFd, listenerFd],
      onExit: () => this.#ended(),
    });
  }

  restart(): void {
    printError("pfmaster: a file has changed, starting again\n");
    if (this.#process === null) return this.start();
    this.#startedAt = Number.NEGATIVE_INFINITY; // however short its life was, the next one may live
    this.#process.kill("SIGTERM");
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#process?.kill("SIGTERM");
    await this.#process?.exited;
  }

  [Symbol.dispose](): void {
    this.#process?.kill("SIGKILL");
    this.#channel.close();
    this.#readiness[Symbol.dispose]();
  }

  #ended(): void {
    this.#process = null;
    if (this.#stopping) return;
    const lived = (performance.now() - this.#startedAt) / 1000;
    if (lived >= SHORTEST_LIFE_SECONDS) this.start();
    else printError("pfmaster: the service has ended: it is started again when its file changes\n");
  }
}
