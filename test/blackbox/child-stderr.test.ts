/** What a child writes to its standard error: lost by the original, logged by pfmaster (child_stderr). */
import { expect, test } from "bun:test";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const ECHO = "echo unix n - n - 5 probe @serve";
const QUIET_START = [ECHO];

onEachMaster("standard error of a child", (master) => {
  test(differenceTitle(master, "child-stderr"), async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    const pid = await client.pid();
    await client.ask("stderr warning: cannot open the map");
    if (master.name === "postfix") {
      expect(processFacts(pid)?.descriptors[2]?.target).toBe("/dev/null");
      return;
    }
    const record = await sandbox.waitForRecord(/cannot open the map/);
    expect(record.line).toContain("echo");
    expect(record.line).toContain(String(pid));
  });

  for (const settings of [{}, { child_stderr: "null" }] as Record<string, string>[]) {
    test(`never blocks it ${settings["child_stderr"] ?? ""}: 10 MB are written in a moment, also while the master is stopped`, async () => {
      await using sandbox = await Sandbox.create(master, { services: QUIET_START, settings });
      const running = await sandbox.start();
      using client = await sandbox.connect("public/echo");
      await client.pid();
      running.signal("SIGSTOP");
      await client.ask("stderr-flood 10000000");
      running.signal("SIGCONT");
      expect(await client.ask("generation")).toBe("1");
      using other = await sandbox.connect("public/echo");
      await other.pid();
    });
  }

  test("writing there after the master is gone does not kill it", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    const pid = await client.pid();
    running.signal("SIGKILL");
    await running.exit();
    await client.ask("stderr-flood 100000");
    expect(isAlive(pid)).toBe(true);
  });
});

onPfmaster("standard error of a child is logged", (master) => {
  test("line by line, with the pid of the child that wrote it, for several at once", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    using first = await sandbox.connect("public/echo");
    using second = await sandbox.connect("public/echo");
    const pids = await Promise.all([first.pid(), second.pid()]);
    await Promise.all([first.ask("stderr I am one"), second.ask("stderr I am two")]);
    const records = [
      await sandbox.waitForRecord(/I am one/),
      await sandbox.waitForRecord(/I am two/),
    ];
    records.forEach(({ line }, index) => expect(line).toContain(String(pids[index])));
  });

  test("under the child's own tag and pid, like its other records", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.ask("stderr hello there");
    const record = await sandbox.waitForRecord(/hello there/);
    expect(record.line).toMatch(/echo/);
  });

  test("unprintable bytes become question marks, one record stays one line (MCF-01)", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.ask("stderr bell\u0007 and\rreturn");
    await sandbox.waitForRecord(/bell\? and\?return/);
  });

  test("a flood is cut and counted; others are still heard", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO, "calm unix n - n - 5 probe @serve"],
    });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.ask("stderr-flood 5000000");
    using calm = await sandbox.connect("public/calm");
    await calm.ask("stderr a calm word");
    await sandbox.waitForRecord(/a calm word/);
    await sandbox.waitForRecord(/(suppress|dropp|discard|more lines|not logged)/);
    expect(sandbox.log().length).toBeLessThan(200); // 78,000 lines were offered
  });

  test("a child that talks all the time is cut too, line by line", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    for (let count = 1; count <= 300; count++) await client.ask(`stderr line ${count} of 300`);
    await sandbox.waitForRecord(/(suppress|dropp|discard|more lines|not logged)/);
    const logged = sandbox.recordsOf(/line \d+ of 300/).length;
    expect(logged).toBeWithin(1, 100);
  });

  test("the last words of a child that dies at once are not lost", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["bad unix n - n - 5 probe @stderr=my-last-words @exit=3"],
    });
    await sandbox.start();
    await sandbox.connect("public/bad");
    await sandbox.waitForRecord(/my-last-words/);
  });

  test("a line without its end is logged when the child is gone", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    await sandbox.start();
    const client = await sandbox.connect("public/echo");
    await client.ask("stderr-part no-newline");
    client.tell("exit 0");
    await sandbox.waitForRecord(/no-newline/);
  });

  test("child_stderr = null gives /dev/null back, a reload may change it", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: QUIET_START,
      settings: { child_stderr: "null" },
    });
    const running = await sandbox.start();
    const before = await sandbox.connect("public/echo");
    const pid = await before.pid();
    expect(processFacts(pid)?.descriptors[2]?.target).toBe("/dev/null");
    await before.ask("stderr unheard");
    before[Symbol.dispose]();
    sandbox.writeSettings({ child_stderr: "log" });
    await sandbox.reload(running);
    await waitFor("the old child to leave", () => !isAlive(pid));
    using after = await sandbox.connect("public/echo");
    await after.ask("stderr heard");
    await sandbox.waitForRecord(/: .*\bheard/);
    await neverHappens("the lost line", () => sandbox.recordsOf(/unheard/).length > 0, 50);
  });

  test("with -d it goes to the terminal and not to the log", async () => {
    await using sandbox = await Sandbox.create(master, { services: QUIET_START });
    const running = await sandbox.start({ options: ["-d"] });
    using client = await sandbox.connect("public/echo");
    await client.ask("stderr on the terminal");
    await waitFor("the line", () => running.stderr.includes("on the terminal\n"));
    expect(sandbox.recordsOf(/on the terminal/)).toEqual([]);
  });
});
