/** When a child is started and when not (MST-66 to MST-71, MST-82 to MST-89). */
import { expect, test } from "bun:test";

import { onEachMaster } from "../support/masters.ts";
import { isAlive } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";

const service = (limit: string, words = "@serve") => `echo unix n - n - ${limit} probe ${words}`;

onEachMaster("spawn on demand", (master) => {
  test("starts nothing before the first client (MST-83)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("5")] });
    const running = await sandbox.start();
    await neverHappens("a child without a client", () => running.children().length > 0);
    using client = await sandbox.connect("public/echo");
    const pid = await client.pid();
    expect(running.children()).toEqual([pid]);
  });

  test("starts one child for several clients that come at once, the next when it is taken (MST-67, MST-70)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [service("10", "@quiet @serve")],
    });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    using second = await sandbox.connect("public/echo");
    await first.pid();
    // This child never says that it is taken: for the master it waits for clients.
    await neverHappens("a second child", () => running.children().length > 1);
    await first.ask("status 0");
    await second.pid();
    expect(running.children()).toHaveLength(2);
  });

  test("gives the next client to the child that is idle again (MST-67)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("5")] });
    const running = await sandbox.start();
    const pids = new Set<number>();
    for (let count = 0; count < 5; count++) {
      using client = await sandbox.connect("public/echo");
      pids.add(await client.pid());
    }
    expect(pids.size).toBeLessThanOrEqual(2); // 2: the next client may come before "idle" does
    expect(running.children().length).toBeLessThanOrEqual(2);
  });

  for (const limit of [1, 3]) {
    test(`never has more than ${limit} children, the rest waits in the backlog (MST-66)`, async () => {
      await using sandbox = await Sandbox.create(master, { services: [service(String(limit))] });
      const running = await sandbox.start();
      const served = [];
      for (let count = 0; count < limit; count++) {
        const client = await sandbox.connect("public/echo");
        await client.pid();
        served.push(client);
      }
      using waiting = await sandbox.connect("public/echo");
      await neverHappens("a child above the limit", () => running.children().length > limit);
      served[0]?.[Symbol.dispose]();
      const pid = await waiting.pid();
      expect(running.children()).toContain(pid);
      expect(running.children()).toHaveLength(limit);
    });
  }

  test("has no limit with 0 (MST-66)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [service("0")],
      settings: { default_process_limit: "2" },
    });
    const running = await sandbox.start();
    for (let count = 0; count < 8; count++) await (await sandbox.connect("public/echo")).pid();
    expect(running.children()).toHaveLength(8);
  });

  test("takes default_process_limit for - (SVC-29)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [service("-")],
      settings: { default_process_limit: "2" },
    });
    const running = await sandbox.start();
    for (let count = 0; count < 2; count++) await (await sandbox.connect("public/echo")).pid();
    await sandbox.connect("public/echo");
    await neverHappens("a third child", () => running.children().length > 2);
  });

  test("replaces a child that left with status 0 when the next client comes, without a word (MST-86)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [service("1", "@clients=1 @serve")],
    });
    const running = await sandbox.start();
    const pids = new Set<number>();
    for (let count = 0; count < 5; count++) {
      using client = await sandbox.connect("public/echo");
      pids.add(await client.pid());
    }
    expect(pids.size).toBe(5);
    expect(running.children().length).toBeLessThanOrEqual(1);
    expect(sandbox.recordsOf(/warning|throttl/)).toEqual([]);
  });

  test("goes on when children leave with status 0 and never served anyone (MST-86)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([service("1", `@journal=${sandbox.journalPath("starts")}`)]);
    await sandbox.start();
    await sandbox.connect("public/echo");
    await sandbox.waitForJournal("starts", 5); // nobody accepts: the client stays, a child follows
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("warns about a child that fails after it has served, and does not pause (MST-87, MST-88)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("1")] });
    await sandbox.start();
    const first = await sandbox.connect("public/echo");
    const pid = await first.pid();
    await first.ask("status 1");
    await first.ask("status 0");
    first.tell("exit 7");
    const path = sandbox.path("daemons/probe");
    const warning = await sandbox.waitForRecord(/warning: process .*exit status 7/);
    expect(warning.text).toBe(`process ${path} pid ${pid} exit status 7`);
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(sandbox.recordsOf(/throttl/)).toEqual([]);
  });

  test("warns about a child that was killed, and does not pause after service (MST-87)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("1")] });
    await sandbox.start();
    const first = await sandbox.connect("public/echo");
    const pid = await first.pid();
    await first.ask("status 1");
    await first.ask("status 0");
    process.kill(pid, "SIGKILL");
    const path = sandbox.path("daemons/probe");
    const warning = await sandbox.waitForRecord(/warning: process .*signal/);
    expect(warning.text).toBe(`process ${path} pid ${pid} killed by signal 9`);
    using second = await sandbox.connect("public/echo");
    await second.pid();
  });

  test("is not confused by a stopped child (MST-87, MST-112)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("2")] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const pid = await first.pid();
    process.kill(pid, "SIGSTOP");
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.children()).toHaveLength(2); // the stopped one still counts
    process.kill(pid, "SIGCONT");
    expect(await first.pid()).toBe(pid);
  });

  test("serves every one of 60 clients that come at once under a limit of 3", async () => {
    await using sandbox = await Sandbox.create(master, { services: [service("3")] });
    const running = await sandbox.start();
    const served = await Promise.all(
      Array.from({ length: 60 }, async () => {
        using client = await sandbox.connect("public/echo");
        return await client.pid();
      }),
    );
    expect(served).toHaveLength(60);
    expect(new Set(served).size).toBeLessThanOrEqual(3);
    expect(running.children().length).toBeLessThanOrEqual(3);
    await waitFor("idle children", () => running.children().every(isAlive));
  });

  test("many services side by side do not disturb each other", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await using sandbox = await Sandbox.create(master, {
      services: names.map((name) => `${name} unix n - n - 1 probe @serve`),
    });
    const running = await sandbox.start();
    const clients = await Promise.all(names.map((name) => sandbox.connect(`public/${name}`)));
    const pids = await Promise.all(clients.map((client) => client.pid()));
    expect(new Set(pids).size).toBe(20);
    expect(running.children()).toHaveLength(20);
  });
});
