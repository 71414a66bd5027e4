/** Wakeups: when they are sent, and what arrives on each transport (MST-101 to MST-109, PRO-15 to PRO-19). */
import { expect, test } from "bun:test";

import { onEachMaster } from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

onEachMaster("wakeup", (master) => {
  for (const [transport, bytes] of [
    ["unix", /^57(00)?$/],
    ["inet", /^57(00)?$/],
    ["fifo", /^57$/],
    ["pass", /^57(00)?$/],
  ] as const) {
    test(`reaches a ${transport} service at once and then every period (MST-101, MST-109)`, async () => {
      await using sandbox = await Sandbox.create(master);
      const name = transport === "inet" ? `${sandbox.address}:2525` : "woken";
      sandbox.writeServices([
        `${name} ${transport} n - n 1 1 probe @triggers=${sandbox.journalPath("w")} @serve`,
      ]);
      await sandbox.start();
      const lines = await sandbox.waitForJournal("w", 3);
      for (const line of lines) expect(line.split(" ")[1]).toMatch(bytes);
      expect(new Set(lines.map((line) => line.split(" ")[0])).size).toBe(1); // one child took them all
      expect(sandbox.recordsOf(/warning/)).toEqual([]);
    });
  }

  test("keeps the connection of a stream trigger open until the child closes it (MST-108)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["woken unix n - n 1000 1 probe @forever"],
    });
    const running = await sandbox.start();
    await running.waitForChildren(1);
    // Nobody reads: the trigger sits in the backlog and the master holds its end.
    await neverHappens("a warning", () => sandbox.recordsOf(/warning/).length > 0);
  });

  test("waits for the first child when it is conditional (MST-82, SVC-28)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([
      `lazy unix n - n 1? 2 probe @triggers=${sandbox.journalPath("w")} @serve`,
    ]);
    const running = await sandbox.start();
    await neverHappens("a wakeup", () => running.children().length > 0, 1500);
    using client = await sandbox.connect("public/lazy");
    await client.pid();
    await sandbox.waitForJournal("w", 2);
  });

  test("conditional again after a reload, unconditional sends at once (MST-55)", async () => {
    await using sandbox = await Sandbox.create(master);
    const services = [
      `lazy unix n - n 1000? 2 probe @triggers=${sandbox.journalPath("lazy")} @serve`,
      `eager unix n - n 1000 2 probe @triggers=${sandbox.journalPath("eager")} @serve`,
    ];
    sandbox.writeServices(services);
    const running = await sandbox.start();
    const client = await sandbox.connect("public/lazy");
    await client.pid();
    await sandbox.waitForJournal("lazy", 1);
    client[Symbol.dispose]();
    await sandbox.waitForJournal("eager", 1);
    await sandbox.reload(running);
    await sandbox.waitForJournal("eager", 2);
    await neverHappens("a second lazy wakeup", () => sandbox.journal("lazy").length > 1);
    using again = await sandbox.connect("public/lazy");
    await again.pid();
    await sandbox.waitForJournal("lazy", 2);
  });

  test("follows a reload: a new period, or none (MST-53, MST-60)", async () => {
    await using sandbox = await Sandbox.create(master);
    const journal = sandbox.journalPath("w");
    const service = (period: string) => [
      `woken unix n - n ${period} 2 probe @triggers=${journal} @serve`,
    ];
    sandbox.writeServices(service("1000"));
    const running = await sandbox.start();
    await sandbox.waitForJournal("w", 1);
    sandbox.writeServices(service("1"));
    await sandbox.reload(running);
    await sandbox.waitForJournal("w", 4);
    sandbox.writeServices(service("-"));
    await sandbox.reload(running);
    using client = await sandbox.connect("public/woken"); // the reload is done when this is served
    await client.pid();
    const count = sandbox.journal("w").length;
    await neverHappens("one more", () => sandbox.journal("w").length > count + 1, 1500);
  });

  test("is not possible on unix-dgram: a warning each time (MST-104, MST-105)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["dgram unix-dgram n - n 1 1 probe @serve"],
    });
    const running = await sandbox.start();
    const warning = await sandbox.waitForRecord(/warning: .*dgram/, 2);
    expect(warning.text).toContain("public/dgram");
    expect(running.hasExited).toBe(false);
  });

  test("that cannot be delivered is a warning with name and reason, and is tried again (MST-105)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["woken unix n - n 1 1 probe @serve"],
    });
    const running = await sandbox.start();
    await running.waitForChildren(1);
    await Bun.file(sandbox.path("queue/public/woken")).delete();
    const warning = await sandbox.waitForRecord(/warning: .*public\/woken/, 2);
    expect(warning.text).toMatch(/[Nn]o such file|ENOENT/);
  });

  test("a fifo without a reader of its own, and private ones, work like the others (PRO-17)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([
      `f fifo - - n 1 1 probe @triggers=${sandbox.journalPath("f")} @clients=1 @serve`,
      `u unix - - n 1 1 probe @triggers=${sandbox.journalPath("u")} @serve`,
    ]);
    await sandbox.start();
    await Promise.all([sandbox.waitForJournal("f", 2), sandbox.waitForJournal("u", 2)]);
  });

  test(differenceTitle(master, "blocked-trigger"), async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { default_process_limit: "1" },
    });
    const full = `${sandbox.address}:2525`;
    sandbox.writeServices([
      "echo unix n - n - 2 probe @clients=1 @serve",
      `${full} inet n - n 1 1 probe @forever`,
    ]);
    const running = await sandbox.start();
    await running.waitForChildren(1);
    // Nobody accepts: the queue is full, and a further connect hangs.
    void Promise.allSettled(Array.from({ length: 8 }, () => sandbox.connectTcp(2525)));
    await sandbox.waitForRecord(/warning: .*2525/);
    const waits: number[] = [];
    while (sandbox.recordsOf(/warning: .*2525/).length < 4) {
      const begun = performance.now();
      using client = await sandbox.connect("public/echo");
      await client.pid();
      waits.push(performance.now() - begun);
    }
    const stalls = waits.filter((milliseconds) => milliseconds > 900).length;
    if (master.name === "postfix") expect(stalls).toBeGreaterThanOrEqual(2);
    else expect(stalls).toBeLessThan(2);
  });
});
