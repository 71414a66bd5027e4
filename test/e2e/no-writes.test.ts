/** Health checks run every few seconds on healthy and on broken hosts: they must leave no trace. */

import { describe, expect, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type Master, POSTFIX_MASTER } from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";
import {
  cannotRun,
  masterUnderTest,
  missingForPfmaster,
  missingForPostfix,
} from "./prerequisites.ts";

/** Calls that change a file system, or talk to anyone (a log socket, say). */
const TELLTALE_CALLS =
  "openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat," +
  "symlink,symlinkat,mknod,mknodat,truncate,ftruncate,fallocate,chmod,fchmod,fchmodat,chown,fchown," +
  "lchown,fchownat,utimensat,setxattr,connect,sendto,sendmsg";

type Check = Readonly<{
  name: string;
  words: readonly string[];
  running: number;
  stopped: number;
  /** The lock test is a start that ends early: it connects to the log as a start does (MST-46). */
  opensLog: boolean;
}>;

const LOCK_TEST: Check = { name: "-t", words: ["-t"], running: 1, stopped: 0, opensLog: true };
const STATUS: Check = {
  name: "status",
  words: ["status"],
  running: 0,
  stopped: 1,
  opensLog: false,
};

const pfmaster: Master = { name: "pfmaster", path: masterUnderTest() };

const missing = missingForPostfix();
if (Bun.which("strace") === null) missing.push("strace");

health(POSTFIX_MASTER, LOCK_TEST, missing);
health(pfmaster, LOCK_TEST, [...missing, ...missingForPfmaster()]);
health(pfmaster, STATUS, [...missing, ...missingForPfmaster()]);

function health(master: Master, check: Check, missingHere: readonly string[]): void {
  const title = `${master.name} ${check.name}`;
  describe.skipIf(cannotRun(`${title} writes nothing`, missingHere))(
    `${title} writes nothing`,
    () => {
      test("while the master runs", async () => {
        await using sandbox = await Sandbox.create(master);
        const running = await sandbox.start();
        const { status, traces } = await observed(sandbox, check);
        expect({ status, traces }).toEqual({ status: check.running, traces: [] });
        expect(running.hasExited).toBe(false);
      });

      test("when the master has died and left its lock file", async () => {
        await using sandbox = await Sandbox.create(master);
        const running = await sandbox.start();
        running.signal("SIGKILL");
        await running.exit();
        const { status, traces } = await observed(sandbox, check);
        expect({ status, traces }).toEqual({ status: check.stopped, traces: [] });
      });

      test("when no master ever ran", async () => {
        await using sandbox = await Sandbox.create(master);
        const { status, traces } = await observed(sandbox, check);
        const expected = check === STATUS ? 3 : check.stopped;
        expect({ status, traces }).toEqual({ status: expected, traces: [] });
      });
    },
  );
}

type Observed = Readonly<{ status: number; traces: string[] }>;

/** Runs the check; a trace is a file that differs afterwards, or a call that could have changed one. */
async function observed(sandbox: Sandbox, check: Check): Promise<Observed> {
  const { words, opensLog } = check;
  const [first = "", ...rest] = words;
  const verbFirst = first.startsWith("-") ? ["-c", sandbox.path("etc"), ...words] : null;
  const command = verbFirst ?? [first, "-c", sandbox.path("etc"), ...rest];
  const calls = join("/tmp", `calls-${crypto.randomUUID()}`);
  const before = picture(sandbox.directory);
  const strace = ["strace", "-f", "-qq", "-e", `trace=${TELLTALE_CALLS}`, "-o", calls];
  const child = Bun.spawn([...strace, sandbox.master.path, ...command], {
    env: sandbox.markedEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const status = await child.exited;
  const after = picture(sandbox.directory);
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path} changed`);
  const suspicious = readFileSync(calls, "utf8")
    .split("\n")
    .filter(
      (call) =>
        couldWrite(call) &&
        !(opensLog && /connect\(.*("\/dev\/log"|\/public\/postlog")/.test(call)),
    );
  await Bun.file(calls).delete();
  return { status, traces: [...changed, ...suspicious] };
}

/** Looking up interfaces and users is reading. A failed attempt to reach a log counts: here it failed. */
const HARMLESS = [
  / \+\+\+ | --- /,
  /AF_NETLINK/,
  /connect\(.*"\/var\/run\/nscd\/socket"/,
  /\bopen(at)?\((?!.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC))/,
  /\bopenat\(AT_FDCWD, "\/dev\/null", O_RDWR/,
  // A lock is taken through a writable descriptor, but the file is not created (MST-46).
  /\bopenat\(AT_FDCWD, "[^"]*\bpid\/master\.pid", (?!.*(O_CREAT|O_TRUNC))/,
];

function couldWrite(call: string): boolean {
  return call !== "" && !HARMLESS.some((pattern) => pattern.test(call));
}

/** Everything that a write, a rename or a change of owner would alter, by path. */
function picture(directory: string): Map<string, string> {
  const paths = ["", ...readdirSync(directory, { recursive: true, encoding: "utf8" })];
  return new Map(
    paths.map((name) => {
      const facts = lstatSync(join(directory, name), { bigint: true });
      return [name, `${facts.ino} ${facts.size} ${facts.mtimeNs} ${facts.ctimeNs}`];
    }),
  );
}
