/**
 * A mail system of its own for one test: configuration, queue, data and daemon directories, a log.
 * Everything started in it is gone, and every file removed, when it is disposed of.
 */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type LogRecord, parseLog } from "./log-records.ts";
import { MasterProcess, type StartOptions } from "./master-process.ts";
import type { Master } from "./masters.ts";
import { type Address, ProbeClient } from "./probe-client.ts";
import { type ProbePrograms, probePrograms } from "./probe-programs.ts";
import { descriptorsOf, isAlive, processesMentioning } from "./process-facts.ts";
import { waitFor } from "./wait-for.ts";

export type Settings = Readonly<Record<string, string>>;

export type SandboxOptions = Readonly<{
  /** main.cf, on top of what every sandbox needs; "" leaves a parameter out. */
  settings?: Settings;
  /** Lines of master.cf. */
  services?: readonly string[];
  /** Who owns the directories, and is mail_owner; Postfix's own user when absent. */
  owner?: Readonly<{ name: string; uid: number; gid: number }>;
}>;

/** Whoever owns the test host's mail system; the ids are read from its user database. */
const POSTFIX_USER = userEntry("postfix");
export const NOBODY = userEntry("nobody");

/** Names that a probe can be called by: the worked examples of SVC-65 to SVC-70 and some more. */
const PROBE_NAMES = ["probe", "smtpd", "pickup", "cleanup", "anvil", "tlsmgr"];

export class Sandbox implements AsyncDisposable {
  readonly master: Master;
  readonly directory: string;
  /** A loopback address that no other sandbox uses: ports on it are free. */
  readonly address: string;
  readonly programs: ProbePrograms;
  readonly owner: NonNullable<SandboxOptions["owner"]>;
  private readonly clients: ProbeClient[] = [];

  private constructor(master: Master, programs: ProbePrograms, options: SandboxOptions) {
    this.master = master;
    this.programs = programs;
    this.owner = options.owner ?? POSTFIX_USER;
    this.directory = mkdtempSync(join(tmpdir(), "master-sandbox-"));
    this.address = ownLoopbackAddress();
    chmodSync(this.directory, 0o755);
    this.makeDirectories();
    this.writeSettings(options.settings ?? {});
    this.writeServices(options.services ?? []);
  }

  static async create(master: Master, options: SandboxOptions = {}): Promise<Sandbox> {
    return new Sandbox(master, await probePrograms(), options);
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  get queueDirectory(): string {
    return this.path("queue");
  }

  /** Replaces main.cf. */
  writeSettings(settings: Settings): void {
    const all: Record<string, string> = {
      compatibility_level: "3.6",
      queue_directory: this.queueDirectory,
      data_directory: this.path("data"),
      daemon_directory: this.path("daemons"),
      mail_owner: this.owner.name,
      myhostname: "sandbox.example",
      inet_interfaces: "127.0.0.1",
      inet_protocols: "ipv4",
      maillog_file: this.path("log"),
      maillog_file_prefixes: this.directory,
      ...settings,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === "" ? [] : [`${name} = ${value}\n`],
    );
    this.writeConfiguration("main.cf", lines.join(""));
  }

  /** Replaces master.cf. */
  writeServices(services: readonly string[]): void {
    this.writeConfiguration("master.cf", services.map((line) => `${line}\n`).join(""));
  }

  /** A file that looks old: a fresh one is read twice (MCF-12), which only costs time here. */
  writeConfiguration(name: string, text: string): void {
    const path = this.path("etc", name);
    writeFileSync(path, text);
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(path, anHourAgo, anHourAgo);
  }

  /** A program in the daemon directory. */
  writeDaemon(name: string, text: string, mode = 0o755): void {
    const path = this.path("daemons", name);
    writeFileSync(path, text);
    chmodSync(path, mode);
  }

  /** Start a master and return once it says that it has started (MST-20). */
  async start(options: StartOptions = {}): Promise<MasterProcess> {
    const before = this.recordsOf(/daemon started/).length;
    const running = this.launch(options);
    await waitFor(
      () => `"daemon started"; ${running.describe()}\n${this.logText()}`,
      () => {
        if (this.recordsOf(/daemon started/).length > before) return true;
        if (!running.hasExited) return false;
        throw new Error(`did not start: ${running.describe()}\n${this.logText()}`);
      },
    );
    return running;
  }

  /** Start a master without waiting for anything. */
  launch(options: StartOptions = {}): MasterProcess {
    return new MasterProcess(this, options);
  }

  /** Run a master that is expected to end by itself. */
  async run(options: StartOptions = {}): Promise<MasterProcess> {
    const ended = this.launch(options);
    await ended.exit();
    return ended;
  }

  /** Ask for a reload and wait until the master says that it saw the request (MST-50). */
  async reload(running: MasterProcess): Promise<void> {
    const before = this.recordsOf(/reload/).length;
    running.signal("SIGHUP");
    await waitFor(
      () => `a record about the reload\n${this.logText()}`,
      () => this.recordsOf(/reload/).length > before || running.hasExited,
    );
  }

  /** Everything logged so far; a last line without its end is left for later. */
  log(): LogRecord[] {
    const text = this.logText();
    return parseLog(text.slice(0, text.lastIndexOf("\n") + 1));
  }

  logText(): string {
    return existsSync(this.path("log")) ? readFileSync(this.path("log"), "utf8") : "";
  }

  /** Records of the master whose whole line matches. */
  recordsOf(pattern: RegExp): LogRecord[] {
    return this.log().filter(({ line }) => pattern.test(line));
  }

  waitForRecord(pattern: RegExp, count = 1): Promise<LogRecord> {
    return waitFor(
      () => `${count} × ${pattern} in\n${this.logText()}`,
      () => this.recordsOf(pattern)[count - 1],
    );
  }

  /** What is written before main.cf is read goes to this socket (MST-129), and so to the log. */
  async collectEarlyLog(): Promise<Record<string, string>> {
    const socket = this.path("early-log");
    Bun.spawn([this.programs.logCollector, socket, this.path("log")], {
      env: this.markedEnvironment(),
    });
    await waitFor("the log collector", () => existsSync(socket));
    return { POSTLOG_SERVICE: socket, POSTLOG_HOSTNAME: "sandbox" };
  }

  /** Lets dispose() find a process whatever it has done to itself. */
  markedEnvironment(): Record<string, string> {
    return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", TEST_SANDBOX: this.directory };
  }

  connect(address: Address | string): Promise<ProbeClient> {
    return this.keep(
      ProbeClient.connect(
        typeof address === "string" ? { unix: this.path("queue", address) } : address,
      ),
    );
  }

  connectTcp(port: number, hostname = this.address): Promise<ProbeClient> {
    return this.connect({ hostname, port });
  }

  /** Lines of a file that probes append to, without the last when unfinished. */
  journal(name: string): string[] {
    const path = this.path("journals", name);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  }

  journalPath(name: string): string {
    return this.path("journals", name);
  }

  waitForJournal(name: string, count: number): Promise<string[]> {
    return waitFor(
      () => `${count} lines in ${name}, has ${this.journal(name).length}\n${this.logText()}`,
      () => {
        const lines = this.journal(name);
        return lines.length >= count && lines;
      },
    );
  }

  /** Inodes of the listening and bound sockets that a process holds, in descriptor order. */
  socketsOf(pid: number): string[] {
    return descriptorsOf(pid)
      .map(({ target }) => target)
      .filter((target) => target.startsWith("socket:"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client[Symbol.dispose]();
    await waitFor("the sandbox's processes to end", () => {
      const left = processesMentioning(this.directory);
      for (const pid of left) if (isAlive(pid)) killNow(pid);
      return left.length === 0;
    });
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async keep(connecting: Promise<ProbeClient>): Promise<ProbeClient> {
    const client = await connecting;
    this.clients.push(client);
    return client;
  }

  private makeDirectories(): void {
    for (const name of ["etc", "queue", "daemons", "journals"]) mkdirSync(this.path(name));
    mkdirSync(this.path("queue/pid"));
    for (const name of ["data", "queue/public", "queue/private"]) {
      mkdirSync(this.path(name));
      chownSync(this.path(name), this.owner.uid, this.owner.gid);
    }
    if (this.owner !== POSTFIX_USER) {
      for (const name of ["", "etc", "queue", "queue/pid", "daemons", "journals"]) {
        chownSync(this.path(name), this.owner.uid, this.owner.gid);
      }
    }
    chmodSync(this.path("journals"), 0o777);
    for (const name of PROBE_NAMES) symlinkSync(this.programs.probe, this.path("daemons", name));
    appendFileSync(this.path("log"), "");
    chownSync(this.path("log"), this.owner.uid, this.owner.gid);
  }
}

/** A port on 127.0.0.1 that was free a moment ago, for services that name no host. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}

/** The process id and a counter make it unique among everything that runs at the same time. */
function ownLoopbackAddress(): string {
  const [first = 0, second = 0, third = 0] = crypto.getRandomValues(new Uint8Array(3));
  return `127.${1 + (first % 254)}.${second}.${1 + (third % 254)}`;
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (isAlive(pid)) throw error;
  }
}

function userEntry(name: string): { name: string; uid: number; gid: number } {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid = "-1", gid = "-1"] = line?.split(":") ?? [];
  return { name, uid: Number(uid), gid: Number(gid) };
}
