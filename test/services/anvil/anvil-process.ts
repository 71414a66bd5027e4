/** Starts an anvil, Postfix's or ours, as a master does: the same descriptors, words and environment. */
import { chmodSync, chownSync, existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";

import { userByName } from "../../../src/os/account.ts";
import { closeFd, makePipe, socketPair } from "../../../src/os/descriptor.ts";
import { libc } from "../../../src/os/libc.ts";
import { listenUnix } from "../../../src/os/listener.ts";
import { decodeStatusRecord } from "../../../src/protocol/status-record.ts";
import { masterUnderTest } from "../../e2e/prerequisites.ts";
import { temporaryDirectory } from "../../os/temporary-directory.ts";
import { collectLog } from "../../server/collect-log.ts";
import { waitFor } from "../../support/wait-for.ts";

const MSG_DONTWAIT = 0x40;

export type Side = "postfix" | "pfmaster";

export const SIDES: readonly Side[] = ["postfix", "pfmaster"];
const OURS = masterUnderTest();
export const POSTFIX_ANVIL = "/usr/lib/postfix/sbin/anvil";

/** Why these tests cannot run here; empty when they can. */
export function missingForAnvils(): string[] {
  const missing = [POSTFIX_ANVIL, OURS].filter((path) => !existsSync(path));
  if (process.getuid?.() !== 0) missing.push("the superuser");
  return missing;
}

type Options = Readonly<{
  /** main.cf, on top of what is needed. */
  settings?: Readonly<Record<string, string>>;
  /** Instead of those of a master. */
  words?: readonly string[];
  extraWords?: readonly string[];
  /** Standard input, for one-shot mode. */
  input?: string;
}>;

/** What a master says to an anvil in master.cf's default line, with the drop of privileges. */
const WORDS = ["-l", "-n", "anvil", "-t", "unix", "-u"];

export class AnvilProcess implements AsyncDisposable {
  readonly side: Side;
  readonly #directory = temporaryDirectory();
  readonly #process: Bun.Subprocess<"ignore" | Blob, "pipe", "pipe">;
  readonly #log: ReturnType<typeof collectLog>;
  readonly #masterStatusFd: number;
  readonly #fds: number[];
  /** Both the log and the status channel hold little, and whoever writes more waits for a reader. */
  readonly #reading = setInterval(() => this.#read(), 1);
  readonly #statuses: number[] = [];
  #statusEnded = false;

  constructor(side: Side, { settings = {}, words = WORDS, extraWords = [], input }: Options = {}) {
    this.side = side;
    this.#furnish(settings);
    this.#log = collectLog(this.#directory.file("queue/public/postlog"));
    const [masterStatusFd, childStatusFd] = socketPair("seqpacket");
    this.#masterStatusFd = masterStatusFd;
    const listener = listenUnix({ path: this.path, backlog: 200 });
    chmodSync(this.path, 0o666);
    const [flowRead = -1, flowWrite = -1] = makePipe({ nonBlocking: true });
    this.#fds = [flowRead, flowWrite, childStatusFd, listener];
    this.#process = Bun.spawn(
      [side === "postfix" ? POSTFIX_ANVIL : OURS, ...words, ...extraWords],
      {
        argv0: "anvil",
        cwd: this.#directory.file("queue"),
        env: {
          MAIL_CONFIG: this.#directory.path,
          GENERATION: "1",
          POSTLOG_SERVICE: this.#log.path,
          POSTLOG_HOSTNAME: "test",
        },
        stdio: [
          input === undefined ? "ignore" : new Blob([input]),
          "pipe",
          "pipe",
          flowRead,
          flowWrite,
          childStatusFd,
          listener,
        ],
      },
    );
  }

  /** Where clients connect. */
  get path(): string {
    return this.#directory.file("socket");
  }

  get pid(): number {
    return this.#process.pid;
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  log(): string {
    return this.#log.text();
  }

  /** Of the records so far, what comes after the name of the process. */
  logTexts(): string[] {
    return this.log()
      .split("\n")
      .flatMap((line) => / (?:postfix\/)?anvil\[\d+\]: (.*)$/.exec(line)?.[1] ?? []);
  }

  waitForLog(pattern: RegExp): Promise<string> {
    return waitFor(
      () => `${pattern} in the log of ${this.side}:\n${this.log()}`,
      () => this.logTexts().find((text) => pattern.test(text)),
    );
  }

  /** The status of each record so far (PRO-08). */
  statuses(): readonly number[] {
    this.#read();
    return this.#statuses;
  }

  /** As a reload does: end of file on descriptor 5. */
  endGeneration(): void {
    if (!this.#statusEnded) closeFd(this.#masterStatusFd);
    this.#statusEnded = true;
  }

  async exit(): Promise<{ exitCode: number | null; output: string }> {
    await waitFor(
      () => `${this.side} anvil to exit\n${this.log()}`,
      () => this.hasExited,
    );
    return { exitCode: this.#process.exitCode, output: await this.#process.stdout.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasExited) this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.endGeneration();
    clearInterval(this.#reading);
    for (const fd of this.#fds) closeFd(fd);
    this.#log[Symbol.dispose]();
    this.#directory[Symbol.dispose]();
  }

  #read(): void {
    this.#log.text();
    const room = new Uint8Array(64);
    while (!this.#statusEnded) {
      const length = libc.recv(this.#masterStatusFd, room, room.length, MSG_DONTWAIT);
      if (length <= 0) return;
      this.#statuses.push(decodeStatusRecord(room.slice(0, length))?.status ?? Number.NaN);
    }
  }

  #furnish(settings: Readonly<Record<string, string>>): void {
    const { path, file } = this.#directory;
    chmodSync(path, 0o755);
    for (const name of ["queue", "queue/public", "queue/private", "queue/pid", "data"]) {
      mkdirSync(file(name));
    }
    const owner = userByName("postfix");
    if (owner !== null) chownSync(file("data"), owner.uid, owner.gid);
    const all = {
      compatibility_level: "3.6",
      queue_directory: file("queue"),
      data_directory: file("data"),
      maillog_file: file("log"),
      maillog_file_prefixes: path,
      myhostname: "test.example",
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(file("main.cf"), lines.join(""));
    utimesSync(file("main.cf"), 0, 0); // a file of this second is read twice (MCF-12)
  }
}
