import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { closeFd } from "../../src/os/descriptor.ts";
import { openLockFile, writePid } from "../../src/os/lock-file.ts";
import { temporaryDirectory } from "../os/temporary-directory.ts";
import { runCommand } from "../support/run-command.ts";

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** A configuration whose master may or may not run. */
function installation({ mainCf = "", pidFile }: { mainCf?: string; pidFile?: string } = {}) {
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(directory.file("queue/pid"), { recursive: true });
  const text = mainCf === "" ? `queue_directory = ${directory.file("queue")}\n` : mainCf;
  writeFileSync(directory.file("main.cf"), text.replaceAll("HERE", directory.path));
  const path = directory.file("queue/pid/master.pid");
  if (pidFile !== undefined) writeFileSync(path, pidFile, { mode: 0o600 });
  return Object.assign(directory, { pidFile: path });
}

/** As a master does; this test is the master then. */
function holdLock(path: string): Disposable {
  const fd = openLockFile(path);
  writePid(fd, process.pid);
  return { [Symbol.dispose]: () => closeFd(fd) };
}

describe("pfmaster status", () => {
  test("tells the pid of a master that runs", () => {
    using here = installation();
    using _lock = holdLock(here.pidFile);
    expect(runCommand(["status", "-c", here.path])).toEqual({
      exitCode: 0,
      stdout: `running, pid ${process.pid}\n`,
      stderr: "",
    });
  });

  test("finds the directory in MAIL_CONFIG when there is no -c", () => {
    using here = installation();
    using _lock = holdLock(here.pidFile);
    expect(runCommand(["status", "-q"], { env: { MAIL_CONFIG: here.path } }).exitCode).toBe(0);
  });

  test.skipIf(process.getuid?.() !== 0)("answers a user who cannot read the pid file", () => {
    using here = installation();
    using _lock = holdLock(here.pidFile);
    const { exitCode, stdout } = runCommand(["status", "-c", here.path], { prefix: NOBODY });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `running, pid ${process.pid}\n` });
  });

  test.skipIf(process.getuid?.() !== 0)("finds a master in another pid namespace", () => {
    using here = installation();
    using _lock = holdLock(here.pidFile);
    const inside = ["unshare", "--pid", "--fork", "--mount-proc"];
    expect(runCommand(["status", "-c", here.path], { prefix: inside })).toMatchObject({
      exitCode: 0,
      stdout: `running, pid ${process.pid}\n`, // as the file says it
    });
  });

  test("exits 1 when the pid file is what a dead master left", () => {
    using here = installation({ pidFile: `${"4242".padStart(32)}\n` });
    expect(runCommand(["status", "-c", here.path])).toEqual({
      exitCode: 1,
      stdout: "not running: the pid file of 4242 is stale\n",
      stderr: "",
    });
  });

  test.each([
    ["no pid file", undefined],
    ["an empty pid file", ""],
  ])("exits 3 with %s", (_name, pidFile) => {
    using here = installation(pidFile === undefined ? {} : { pidFile });
    expect(runCommand(["status", "-c", here.path])).toEqual({
      exitCode: 3,
      stdout: "not running\n",
      stderr: "",
    });
  });

  test("cannot tell without a main.cf", () => {
    using here = temporaryDirectory();
    expect(runCommand(["status", "-c", here.path])).toMatchObject({
      exitCode: 4,
      stdout: "",
      stderr: expect.stringContaining(`${here.path}/main.cf`),
    });
  });

  test("cannot tell when queue_directory cannot be evaluated", () => {
    using here = installation({ mainCf: "queue_directory = $queue_directory/x\n" });
    expect(runCommand(["status", "-c", here.path]).exitCode).toBe(4);
  });

  test("cannot tell when the pid file is a directory", () => {
    using here = installation();
    mkdirSync(here.pidFile);
    expect(runCommand(["status", "-c", here.path]).exitCode).toBe(4);
  });

  test("does not mind errors elsewhere in main.cf, and expands references", () => {
    const mainCf =
      "base = HERE\nmax_use = many\nmyhostname =\nnonsense\nqueue_directory = ${base}/queue\n";
    using here = installation({ mainCf });
    using _lock = holdLock(here.pidFile);
    expect(runCommand(["status", "-c", here.path]).exitCode).toBe(0);
  });

  test("prints nothing with -q, whatever it finds", () => {
    using here = installation();
    for (const directory of [here.path, here.file("missing")]) {
      expect(runCommand(["status", "-q", "-c", directory])).toMatchObject({
        stdout: "",
        stderr: "",
      });
    }
  });

  test("leaves every file as it was", () => {
    using here = installation({ pidFile: "4242\n" });
    const before = snapshot(here.path);
    runCommand(["status", "-c", here.path], { cwd: here.path });
    expect(snapshot(here.path)).toEqual(before);
  });
});

function snapshot(path: string): unknown {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => {
    const { ino, size, mtimeMs, ctimeMs } = statSync(join(path, name));
    return { name, ino, size, mtimeMs, ctimeMs };
  });
}
