/**
 * A private copy of this machine: its file system under an overlay, with processes and a network of its own.
 * Whatever happens in it stays in memory and is gone at the end, the daemons included.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { childrenOf } from "../support/process-facts.ts";
import { waitFor } from "../support/wait-for.ts";

/** PID 1 of the copy: a shell, because orphans must be collected, that waits for its input to end. */
const PREPARE = `
set -e
scratch=$1
mount -t tmpfs -o mode=755 scratch "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$scratch/root"
cd "$scratch/root"
mount --rbind /dev dev
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
ip link set lo up
exec chroot . /bin/bash -c 'echo ready; read -r _'
`;

const NAMESPACES = ["--mount", "--pid", "--net", "--uts", "--ipc"];

export type ShellResult = Readonly<{ status: number; output: string }>;

export class PrivateMachine implements AsyncDisposable {
  readonly #scratch: string;
  readonly #init: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #initPid: number;

  private constructor(
    scratch: string,
    init: Bun.Subprocess<"pipe", "pipe", "inherit">,
    pid: number,
  ) {
    this.#scratch = scratch;
    this.#init = init;
    this.#initPid = pid;
  }

  static async boot(): Promise<PrivateMachine> {
    const scratch = mkdtempSync(join(tmpdir(), "private-machine-"));
    const unshare = ["unshare", ...NAMESPACES, "--fork", "--kill-child"];
    const init = Bun.spawn([...unshare, "bash", "-c", PREPARE, "bash", scratch], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value } = await init.stdout.getReader().read();
    if (value === undefined) {
      rmSync(scratch, { recursive: true });
      throw new Error("The private copy of this machine could not be prepared");
    }
    const pid = await waitFor("PID 1 of the private machine", () => childrenOf(init.pid)[0]);
    return new PrivateMachine(scratch, init, pid);
  }

  /** Runs a shell script as root in the copy; it stops at the first command that fails. */
  async run(script: string, input: Blob = new Blob([])): Promise<ShellResult> {
    const enter = ["nsenter", "--target", String(this.#initPid), ...NAMESPACES, "--root", "--wd"];
    const child = Bun.spawn([...enter, "sh", "-e", "-c", script], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: input,
      stdout: "pipe",
      stderr: "pipe",
      timeout: 60_000,
    });
    const [output, errors, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { status, output: output + errors };
  }

  /** The output of a script that must succeed. */
  async mustRun(script: string, input?: Blob): Promise<string> {
    const { status, output } = await this.run(script, input);
    if (status !== 0) throw new Error(`Exit status ${status} of:\n${script}\n${output}`);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#init.stdin.end(); // PID 1 ends, the kernel kills the rest and drops the mounts
    await this.#init.exited;
    rmSync(this.#scratch, { recursive: true });
  }
}

/** Containers often forbid namespaces or overlays: try, rather than guess. */
export async function missingForPrivateMachine(): Promise<string[]> {
  const programs = ["unshare", "nsenter", "ip", "bash"].filter((name) => Bun.which(name) === null);
  if (programs.length > 0) return programs;
  const probe = mkdtempSync(join(tmpdir(), "private-machine-probe-"));
  const { stdout } = Bun.spawnSync(
    ["unshare", ...NAMESPACES, "--fork", "bash", "-c", PREPARE, "bash", probe],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  rmSync(probe, { recursive: true });
  return stdout.toString() === "ready\n" ? [] : ["namespaces and overlay mounts"];
}
