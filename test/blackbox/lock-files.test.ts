/** The two lock files, and the test mode that looks at them (MST-37 to MST-46). */
import { expect, test } from "bun:test";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";

import {
  type Master,
  onEachMaster,
  onMasters,
  PFMASTER,
  POSTFIX_MASTER,
} from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";

/** MST-43: a right-justified decimal in 32 columns and a newline. */
const pidLine = (pid: number) => `${String(pid).padStart(32)}\n`;

const RUNNING = { status: 1, signal: null };
const NOT_RUNNING = { status: 0, signal: null };

onEachMaster("lock files", (master) => {
  test("are written with the pid in 33 bytes, mode 0600, one owned by mail_owner (MST-37 to MST-43)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    for (const [file, uid] of [
      ["queue/pid/master.pid", 0],
      ["data/master.lock", sandbox.owner.uid],
    ] as const) {
      expect(readFileSync(sandbox.path(file), "latin1")).toBe(pidLine(running.pid));
      const { mode, uid: owner } = statSync(sandbox.path(file));
      expect({ mode: mode & 0o7777, owner }).toEqual({ mode: 0o600, owner: uid });
    }
  });

  test("are not truncated: a longer old content keeps its rest (MST-43)", async () => {
    await using sandbox = await Sandbox.create(master);
    writeFileSync(sandbox.path("queue/pid/master.pid"), "x".repeat(40));
    const running = await sandbox.start();
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1")).toBe(
      `${pidLine(running.pid)}${"x".repeat(7)}`,
    );
  });

  test("stay behind with their content when the master is gone (MST-44, MST-121)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    running.signal("SIGTERM");
    await running.exit();
    for (const file of ["queue/pid/master.pid", "data/master.lock"]) {
      expect(readFileSync(sandbox.path(file), "latin1")).toBe(pidLine(running.pid));
    }
  });

  test("refuse a second master, which says which file and leaves the first alone (MST-42)", async () => {
    await using sandbox = await Sandbox.create(master);
    const first = await sandbox.start();
    await expectRefused(sandbox, /queue\/pid\/master\.pid|pid\/master\.pid/);
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1")).toBe(pidLine(first.pid));
    expect(first.hasExited).toBe(false);
  });

  test("refuse a master with another queue directory but the same data directory (MST-38)", async () => {
    await using first = await Sandbox.create(master);
    await first.start();
    await using second = await Sandbox.create(master, {
      settings: { data_directory: first.path("data") },
    });
    await expectRefused(second, /master\.lock/);
  });

  for (const [title, spoil] of [
    ["a symbolic link", (path: string, other: string) => symlinkSync(other, path)],
    ["a file with a second name", (path: string, other: string) => linkSync(other, path)],
    ["a directory", (path: string) => mkdirSync(path)],
  ] as const) {
    test(`refuse ${title} in their place (MST-40)`, async () => {
      await using sandbox = await Sandbox.create(master);
      const other = sandbox.path("data/other");
      writeFileSync(other, "precious\n");
      spoil(sandbox.path("data/master.lock"), other);
      await expectRefused(sandbox, /master\.lock/);
      expect(readFileSync(other, "utf8")).toBe("precious\n");
    });
  }
});

onEachMaster("test mode", (master) => {
  test("says 0 when nothing runs, and creates nothing (MST-46)", async () => {
    await using sandbox = await Sandbox.create(master);
    const ended = await sandbox.run({ options: ["-t"] });
    expect(await ended.exit()).toEqual(NOT_RUNNING);
    expect(existsSync(sandbox.path("queue/pid/master.pid"))).toBe(false);
    expect(existsSync(sandbox.path("data/master.lock"))).toBe(false);
  });

  test("says 0 about the file of a master that is gone, and leaves it alone (MST-46)", async () => {
    await using sandbox = await Sandbox.create(master);
    writeFileSync(sandbox.path("queue/pid/master.pid"), pidLine(4711));
    const ended = await sandbox.run({ options: ["-t"] });
    expect(await ended.exit()).toEqual(NOT_RUNNING);
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1")).toBe(pidLine(4711));
  });

  test("says 1 while a master runs, and leaves its files alone (MST-46)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    const ended = await sandbox.run({ options: ["-t"] });
    expect(await ended.exit()).toEqual(RUNNING);
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1")).toBe(pidLine(running.pid));
  });

  test("says 1 when it cannot tell: an unsafe file, no configuration, no queue (MST-46)", async () => {
    await using unsafe = await Sandbox.create(master);
    const target = unsafe.path("data/other");
    writeFileSync(target, "");
    linkSync(target, unsafe.path("queue/pid/master.pid"));
    await using unconfigured = await Sandbox.create(master);
    await using homeless = await Sandbox.create(master, {
      settings: { queue_directory: "/nonexistent/queue" },
    });
    const ended = await Promise.all([
      unsafe.run({ options: ["-t"] }),
      unconfigured.run({ words: ["-c", unconfigured.path("nowhere"), "-t"] }),
      homeless.run({ options: ["-t"] }),
    ]);
    for (const run of ended) expect(await run.exit()).toEqual(RUNNING);
    expect(lstatSync(target).nlink).toBe(2);
  });
});

for (const [holder, other] of [
  [POSTFIX_MASTER, PFMASTER],
  [PFMASTER, POSTFIX_MASTER],
] as const) {
  onMasters(`${holder.name} runs, ${other.name} comes`, [holder, other], () => {
    test("the newcomer is refused and its -t sees the other (MST-42, MST-46)", async () => {
      await using sandbox = await Sandbox.create(holder);
      const running = await sandbox.start();
      const newcomer = await sandbox.run({
        by: other,
        environment: await sandbox.collectEarlyLog(),
      });
      expect(await newcomer.exit()).toEqual({ status: 1, signal: null });
      expect(sandbox.recordsOf(/fatal: .*master\.pid/)).toHaveLength(1);
      expect(running.hasExited).toBe(false);

      expect(await testMode(sandbox, other)).toEqual(RUNNING);
      running.signal("SIGTERM");
      await running.exit();
      expect(await testMode(sandbox, other)).toEqual(NOT_RUNNING);
    });

    test("the same data directory is enough to be refused (MST-38)", async () => {
      await using first = await Sandbox.create(holder);
      await first.start();
      await using second = await Sandbox.create(other, {
        settings: { data_directory: first.path("data") },
      });
      await expectRefused(second, /master\.lock/);
    });
  });
}

async function testMode(sandbox: Sandbox, by: Master) {
  return await (await sandbox.run({ by, options: ["-t"] })).exit();
}

async function expectRefused(sandbox: Sandbox, file: RegExp): Promise<void> {
  const ended = await sandbox.run({ environment: await sandbox.collectEarlyLog() });
  expect(await ended.exit()).toEqual({ status: 1, signal: null });
  const refusals = sandbox.log().filter(({ severity }) => severity === "fatal");
  expect(refusals).toHaveLength(1);
  expect(refusals[0]?.text).toMatch(file);
}
