/** The small configuration that the demo runs: two ways to reach the echo service. Writes files only. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import type { User } from "../os/account.ts";
import { asOwner } from "../os/identity.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { scratchOwner } from "./scratch-owner.ts";

const FAVOURITE_PORT = 10007;

export type DemoFolder = Readonly<{
  path: string;
  pidFile: string;
  socket: string;
  /** null when the operator has taken the entry out. */
  port: number | null;
}>;

/** Written into main.cf, a shell command and a socket address: what has a meaning there is refused. */
const PLAIN_PATH = /^[A-Za-z0-9_./+@~-]{1,80}$/;

/** An existing configuration is left as it is. */
export function prepareFolder(path: string): DemoFolder {
  if (!PLAIN_PATH.test(path)) {
    throw new CommandFailure(
      ExitCode.usage,
      `demo: cannot use "${path}": expected at most 80 letters, digits and any of _ . / + @ ~ -`,
    );
  }
  makeFolder(path);
  if (!existsSync(join(path, "main.cf"))) writeConfiguration(path);
  const entry = /^127\.0\.0\.1:(\d+)\s+inet\s/m.exec(readFileSync(join(path, "master.cf"), "utf8"));
  return {
    path,
    pidFile: join(path, "queue/pid/master.pid"),
    socket: join(path, "queue/public/echo"),
    port: entry === null ? null : Number(entry[1]),
  };
}

function writeConfiguration(path: string): void {
  const owner = scratchOwner("demo");
  for (const name of ["queue", "queue/pid", "queue/private", "queue/public", "data"]) {
    mkdirSync(join(path, name), { recursive: true });
    chmodSync(join(path, name), 0o755); // whatever the umask: mail_owner must find its way in
  }
  for (const name of ["queue/private", "queue/public", "data"]) {
    chownSync(join(path, name), owner.user.uid, owner.user.gid);
  }
  requireWayIn(join(path, "data"), owner.user);
  // main.cf last: where it is, everything is.
  writeFileSync(join(path, "master.cf"), masterCf(freePort()), { mode: 0o644 });
  writeFileSync(join(path, "main.cf"), mainCf(path, owner.lines), { mode: 0o644 });
}

/** The master takes its second lock with the rights of mail_owner (MST-38). */
function requireWayIn(path: string, user: User): void {
  try {
    asOwner(user, () => readdirSync(path));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "EACCES") throw error;
    throw new CommandFailure(
      ExitCode.system,
      `demo: the user "${user.name}" cannot reach "${path}": expected a folder open to everybody`,
    );
  }
}

/** The usual one, or any when somebody else has it. */
function freePort(): number {
  for (const port of [FAVOURITE_PORT, 0]) {
    try {
      const probe = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => {} } });
      const found = probe.port;
      probe.stop();
      return found;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code !== "EADDRINUSE") throw error;
    }
  }
  throw new CommandFailure(ExitCode.system, "demo: no port is free on 127.0.0.1");
}

/** What runs from here runs as the caller: nobody else may be able to write to it. */
function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  const found = lstatSync(path);
  const isOurs = found.isDirectory() && found.uid === process.getuid?.();
  if (!isOurs || (found.mode & 0o022) !== 0) {
    throw new CommandFailure(
      ExitCode.system,
      `demo: cannot use "${path}": expected a directory of yours that nobody else may write to`,
    );
  }
  chmodSync(path, 0o755);
}

function mainCf(path: string, ownerLines: readonly string[]): string {
  return [
    "# Written by `pfmaster demo`. Delete the folder to have it written again.",
    "compatibility_level = 3.6",
    `queue_directory = ${path}/queue`,
    `data_directory = ${path}/data`,
    "myhostname = demo.invalid",
    "# The master writes to standard output itself: no postlogd runs here.",
    "maillog_file = /dev/stdout",
    ...ownerLines,
    "",
  ].join("\n");
}

function masterCf(port: number): string {
  return [
    "# service          type  private unpriv chroot wakeup maxproc command",
    `127.0.0.1:${port}    inet  n       -      n      -      10      pfmaster -V echo`,
    "echo               unix  n       -      n      -      10      pfmaster -V echo",
    "",
  ].join("\n");
}
