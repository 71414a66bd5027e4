/**
 * A whole Debian Postfix of its own below one temporary directory, under a master of the caller's choice.
 * Never touches the machine's own instance: configuration, queue, data and daemon directories are private.
 */

import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isAlive } from "../support/process-facts.ts";
import { waitFor } from "../support/wait-for.ts";
import { furnishChroot, MAIL_USER, mainCf, masterCf, type Places } from "./configuration.ts";
import { POSTFIX_DAEMONS } from "./prerequisites.ts";
import { namedChildrenOf, type NamedProcess, processesWithVariable } from "./process-table.ts";

export type CommandResult = Readonly<{ status: number; output: string }>;

type Options = Readonly<{
  master: string;
  parameters?: Readonly<Record<string, string>>;
  /** Goes into the daemon directory as `pfmaster`, whoever is the master. */
  pfmaster?: string;
  /** Symbolic links to that, in the place of Postfix's daemons of these names. */
  replaced?: readonly string[];
  /** Lines in the place of those that master.cf has for the same names and types. */
  services?: readonly string[];
}>;

export class MailSystem implements AsyncDisposable {
  readonly port: number;
  readonly places: Places;
  readonly #directory: string;

  constructor(options: Options) {
    const { master, parameters = {}, pfmaster, replaced = [], services = [] } = options;
    const directory = mkdtempSync(join(tmpdir(), "pfmaster-e2e-"));
    this.#directory = directory;
    this.port = freePort();
    this.places = {
      configuration: join(directory, "etc"),
      queue: join(directory, "queue"),
      data: join(directory, "data"),
      daemons: join(directory, "daemons"),
      mailboxes: join(directory, "mail"),
      logFile: join(directory, "log", "maillog"),
    };
    chmodSync(directory, 0o755); // daemons that have dropped root must get through
    for (const name of ["etc", "queue", "data", "daemons", "mail", "log"]) {
      mkdirSync(join(directory, name), { mode: 0o755 });
    }
    chmodSync(this.places.mailboxes, 0o1777);
    const owner = idsOf("postfix");
    chownSync(this.places.data, owner.uid, owner.gid);
    chmodSync(this.places.data, 0o700);
    furnishChroot(this.places.queue);
    furnishDaemons(this.places.daemons, master);
    if (pfmaster !== undefined) linkOrCopy(pfmaster, join(this.places.daemons, "pfmaster"));
    for (const name of replaced) {
      rmSync(join(this.places.daemons, name));
      symlinkSync("pfmaster", join(this.places.daemons, name));
    }
    writeFileSync(join(this.places.configuration, "main.cf"), mainCf(this.places, parameters));
    writeFileSync(join(this.places.configuration, "master.cf"), masterCf(this.port, services));
  }

  /** `postfix -c <dir> <command>`: the command of the host, with its scripts. */
  postfix(command: string): Promise<CommandResult> {
    return this.run(["/usr/sbin/postfix", "-c", this.places.configuration, command]);
  }

  async run(words: readonly string[], input = ""): Promise<CommandResult> {
    const child = Bun.spawn([...words], {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", MAIL_CONFIG: this.places.configuration },
      stdin: new Blob([input]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: 60_000,
    });
    // A daemon that kept these pipes open would hold the test up here: it must not.
    const [output, errors, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { status, output: output + errors };
  }

  /** Takes the place of an administrator: fails with the log when the command fails. */
  async mustRun(command: string): Promise<void> {
    const { status, output } = await this.postfix(command);
    if (status === 0) return;
    throw new Error(`postfix ${command}: exit ${status}\n${output}\n${this.log()}`);
  }

  /** The pid that the lock file names, whether it runs or not. */
  masterPid(): number {
    return Number(readFileSync(join(this.places.queue, "pid/master.pid"), "utf8"));
  }

  daemons(): NamedProcess[] {
    return namedChildrenOf(this.masterPid());
  }

  /** The delivered messages, as text. */
  mailbox(user = MAIL_USER): string[] {
    const folder = join(this.places.mailboxes, user, "new");
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  }

  log(): string {
    return existsSync(this.places.logFile) ? readFileSync(this.places.logFile, "utf8") : "";
  }

  /** All that this instance has started, its daemons and its master. */
  processes(): NamedProcess[] {
    return processesWithVariable(`MAIL_CONFIG=${this.places.configuration}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.processes()) signal(pid, "SIGTERM");
    try {
      await waitFor("all daemons to leave", () => this.processes().length === 0);
    } finally {
      for (const { pid } of this.processes()) signal(pid, "SIGKILL");
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }
}

/** Real copies: postfix-script warns about links that leave the directory, and about other owners. */
function furnishDaemons(directory: string, master: string): void {
  for (const name of readdirSync(POSTFIX_DAEMONS)) {
    if (name !== "master") copyFileSync(join(POSTFIX_DAEMONS, name), join(directory, name));
  }
  linkOrCopy(master, join(directory, "master"));
}

function linkOrCopy(from: string, target: string): void {
  try {
    linkSync(from, target); // a compiled binary is large; a second name for it is enough
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(from, target);
  }
}

function idsOf(user: string): { uid: number; gid: number } {
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === user);
  if (entry === undefined) throw new Error(`/etc/passwd has no user "${user}"`);
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Below the ephemeral range, so that no client's own port is in the way; tried before it is used. */
function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  throw new Error("No free port found in 100 attempts");
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, name);
}
