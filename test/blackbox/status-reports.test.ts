/** What a child's records do, the nasty ones too (MST-93 to MST-100). Every probe here is @quiet. */
import { expect, test } from "bun:test";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { descriptorsOf, isAlive } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const QUIET = "echo unix n - n - 10 probe @quiet @serve";

onEachMaster("status records", (master) => {
  test("taken lets the next child start, idle holds it back (MST-99)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid(); // started, and idle for the master
    using third = await sandbox.connect("public/echo");
    await neverHappens("a third child", () => running.children().length > 2);
    await second.ask("status 0");
    await third.pid();
    expect(running.children()).toHaveLength(3);
    await third.ask("status 0");
    await first.ask("status 1");
    using _waits = await sandbox.connect("public/echo");
    await neverHappens("a fourth child", () => running.children().length > 3);
  });

  test("repeats change nothing (MST-98)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    for (let count = 0; count < 3; count++) await first.ask("status 1");
    for (let count = 0; count < 3; count++) await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    using _waits = await sandbox.connect("public/echo");
    await neverHappens("a third child", () => running.children().length > 2);
    expect(sandbox.recordsOf(/warning|panic|fatal/)).toEqual([]);
  });

  test("of another generation are ignored with a note (MST-96)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const pid = await first.pid();
    await first.ask(`record ${pid} 77 0`);
    const note = await sandbox.waitForRecord(/ignoring status update/);
    expect(note).toMatchObject({ severity: "info", pid: running.pid });
    expect(note.text).toContain(String(pid));
    using _waits = await sandbox.connect("public/echo");
    await neverHappens("a second child", () => running.children().length > 1);
  });

  test("of an unknown pid are ignored silently (MST-96)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask("record 2147483000 1 0");
    await first.ask("record -1 1 0");
    await first.ask("record 0 1 0");
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.hasExited).toBe(false);
    expect(sandbox.log()).toHaveLength(1);
  });

  test("with an unknown status are ignored with a warning (MST-99)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const pid = await first.pid();
    await first.ask("status 0");
    await first.ask("status 42");
    const warning = await sandbox.waitForRecord(/warning: .*unknown status/);
    expect(warning.text).toContain(String(pid));
    expect(warning.text).toContain("42");
    await sandbox.connect("public/echo");
    expect(await running.waitForChildren(2)).toContain(pid); // it still counts as taken
  });

  test("of the wrong size are ignored with a warning (MST-95)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask("raw 0102030405");
    const warning = await sandbox.waitForRecord(/warning: .*(partial|bytes)/);
    expect(warning.text).toContain("echo");
    expect(warning.text).toMatch(/\b5\b/);
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.hasExited).toBe(false);
  });

  test("that come after the child was reaped change nothing (MST-92)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    const first = await sandbox.connect("public/echo");
    const [pid, generation] = [await first.pid(), Number(await first.ask("generation"))];
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    first.tell("exit 0");
    await waitFor("the first child to be gone", () => !isAlive(pid));
    await second.ask(`record ${pid} ${generation} 1`);
    await second.ask("status 0");
    using third = await sandbox.connect("public/echo");
    await third.pid();
    expect(running.hasExited).toBe(false);
  });

  test("of 200 busy children at once are all seen (MST-94)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 40 probe @serve"],
    });
    const running = await sandbox.start();
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(
        Array.from({ length: 40 }, () => sandbox.connect("public/echo")),
      );
      await Promise.all(clients.map((client) => client.pid()));
      expect(running.children()).toHaveLength(40);
      for (const client of clients) client[Symbol.dispose]();
    }
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test(differenceTitle(master, "foreign-pid"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [QUIET, "other unix n - n - 10 probe @quiet @serve"],
    });
    const running = await sandbox.start();
    using liar = await sandbox.connect("public/echo");
    await liar.pid();
    using victim = await sandbox.connect("public/other");
    const [pid, generation] = [await victim.pid(), await victim.ask("generation")];
    await liar.ask(`record ${pid} ${generation} 0`);
    if (master.name === "postfix") {
      expect(await running.exit()).toMatchObject({ signal: "SIGABRT" });
      return;
    }
    const warning = await sandbox.waitForRecord(new RegExp(`warning: .*${pid}`));
    expect(warning.text).toContain("echo");
    using _waits = await sandbox.connect("public/other");
    await neverHappens("a second child for the victim", () => running.children().length > 2);
  });
});

onPfmaster("a child that lies or floods", (master) => {
  test(differenceTitle(master, "partial-records"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    await second.ask("raw 0102030405"); // on a stream it would shift every later record
    await second.ask("status 0");
    using third = await sandbox.connect("public/echo");
    await third.pid();
    expect(running.children()).toHaveLength(3);
  });

  test("an empty record is not the end of the channel (MST-95, D5)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    for (let count = 0; count < 5; count++) await first.ask("empty");
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.hasExited).toBe(false);
  });

  test("records of any size, from 1 byte to 4096, are dropped one by one (D5)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    await sandbox.start();
    using first = await sandbox.connect("public/echo");
    for (const size of [1, 11, 13, 24, 100, 4096]) await first.ask(`raw ${"ab".repeat(size)}`);
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
  });

  test("a flood of nonsense neither stops the master nor fills the log", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [QUIET, "calm unix n - n - 2 probe @serve"],
    });
    const running = await sandbox.start();
    using flooder = await sandbox.connect("public/echo");
    await flooder.pid();
    for (let count = 0; count < 20; count++) flooder.tell(`raw ${"00".repeat(5)}`);
    const pid = await flooder.pid();
    const generation = await flooder.ask("generation");
    for (let count = 0; count < 300; count++) flooder.tell(`record ${pid} ${generation} 9`);
    flooder.tell("flood 100000");
    for (let count = 0; count < 5; count++) {
      using calm = await sandbox.connect("public/calm");
      await calm.pid();
    }
    await flooder.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.hasExited).toBe(false);
    expect(sandbox.recordsOf(/warning/).length).toBeGreaterThan(0);
    expect(sandbox.log().length).toBeLessThan(100);
  });

  test("descriptors that a child sends along do not pile up in the master", async () => {
    await using sandbox = await Sandbox.create(master, { services: [QUIET] });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.pid();
    await client.ask("descriptors 5");
    await client.ask("descriptors 2");
    const pipes = () =>
      descriptorsOf(running.pid).filter(({ target }) => target.startsWith("pipe:")).length;
    const before = pipes();
    for (let count = 0; count < 10; count++) {
      await client.ask("descriptors 5");
      await client.ask("descriptors 2");
    }
    await client.ask("status 0");
    using next = await sandbox.connect("public/echo"); // by now the master has read them
    await next.pid();
    expect(pipes()).toBe(before);
  });

  test("shutting down the shared channel costs that service, not the master", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [QUIET, "calm unix n - n - 2 probe @serve"],
    });
    const running = await sandbox.start();
    using vandal = await sandbox.connect("public/echo");
    await vandal.pid();
    await vandal.ask("shutdown");
    for (let count = 0; count < 3; count++) {
      using calm = await sandbox.connect("public/calm");
      await calm.pid();
    }
    expect(running.hasExited).toBe(false);
    await sandbox.waitForRecord(/warning: .*echo/);
    // And that service comes back when the vandal has gone.
    vandal.tell("exit 0");
    using next = await sandbox.connect("public/echo");
    await next.pid();
  });
});
