/** A child that says that it retires gives its slot back and finishes its clients (design D17). */
import { expect, test } from "bun:test";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const RETIRING = "status 2";
const single = "echo unix n - n - 1 probe @quiet @serve";
const several = "echo unix n - n - 2 probe @quiet @serve";

onEachMaster("the announcement of retiring", (master) => {
  test(differenceTitle(master, "retiring-child"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [several] });
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.ask(RETIRING);
    if (master.name === "postfix")
      return void (await sandbox.waitForRecord(/warning: .*unknown status/));
    using next = await sandbox.connect("public/echo");
    await next.pid();
  });
});

onPfmaster("a retiring child", (master) => {
  test("learns from its environment that the master understands it", async () => {
    await using sandbox = await Sandbox.create(master, { services: [single] });
    await sandbox.start({ environment: { PFMASTER_FEATURES: "everything" } });
    using client = await sandbox.connect("public/echo");
    const { environment = {} } = processFacts(await client.pid()) ?? {};
    expect(environment["PFMASTER_FEATURES"]).toBe("retire");
  });

  test("is replaced at once, even at the process limit, and serves its client on", async () => {
    await using sandbox = await Sandbox.create(master, { services: [single] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const old = await first.pid();
    await first.ask("status 0");
    using second = await sandbox.connect("public/echo");
    await neverHappens("a second child", () => running.children().length > 1);
    await first.ask(RETIRING);
    expect(await second.pid()).not.toBe(old);
    expect(await first.pid()).toBe(old);
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("is no longer believed to be idle, whatever it says afterwards", async () => {
    await using sandbox = await Sandbox.create(master, { services: [several] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask(RETIRING); // idle for the master until now
    for (const status of [2, 1, 0, 1]) await first.ask(`status ${status}`);
    using second = await sandbox.connect("public/echo");
    await second.pid();
    expect(running.children()).toHaveLength(2);
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("keeps its slot when there are twice as many children as the limit allows", async () => {
    await using sandbox = await Sandbox.create(master, { services: [single] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask(RETIRING);
    using second = await sandbox.connect("public/echo");
    await second.ask(RETIRING);
    using third = await sandbox.connect("public/echo");
    await neverHappens("a third child", () => running.children().length > 2);
    first.tell("exit 0"); // and now the slot of the second is free
    const [pid, retiring] = [await third.pid(), await second.pid()];
    expect(running.children().toSorted()).toEqual([pid, retiring].toSorted());
  });

  test("may be one that a reload has asked to leave", async () => {
    await using sandbox = await Sandbox.create(master, { services: [single] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const old = await first.pid();
    await first.ask("status 0");
    await sandbox.reload(running);
    using second = await sandbox.connect("public/echo");
    await neverHappens("a second child", () => running.children().length > 1);
    await first.ask(RETIRING);
    expect(await second.pid()).not.toBe(old);
    expect(isAlive(old)).toBe(true);
  });

  test("that fails before its first request is still a bad start (MST-88)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [single] });
    await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.ask(RETIRING);
    first.tell("exit 1");
    await sandbox.waitForRecord(/warning: .*probe.*exit status 1/);
    await sandbox.waitForRecord(/warning: .*throttl/);
  });
});
