/** A reload that works: what changes, what stays (MST-47 to MST-63). Bad ones: reload-safety.test.ts. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";

import type { MasterProcess } from "../support/master-process.ts";
import { onEachMaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const ECHO = "echo unix n - n - 5 probe @serve";

onEachMaster("reload", (master) => {
  test("says so, with its configuration directory (MST-50)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    await sandbox.reload(running);
    const [record] = sandbox.recordsOf(/reload/);
    expect(record).toMatchObject({ severity: "info", pid: running.pid });
    expect(record?.text).toContain(sandbox.path("etc"));
  });

  test("starts a service that is new in the file (MST-52)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    await reloadWith(sandbox, running, [
      ECHO,
      `${sandbox.address}:2525 inet n - n - 5 probe @serve`,
    ]);
    using unix = await sandbox.connect("public/echo");
    await unix.pid();
    using inet = await sandbox.connectTcp(2525);
    await inet.pid();
  });

  test("changes words, limit and wakeup for the next child, not for those that run (MST-53)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using before = await sandbox.connect("public/echo");
    const old = await before.pid();
    await reloadWith(sandbox, running, ["echo unix n n n - 0 pickup @serve new"]);
    using after = await sandbox.connect("public/echo");
    expect(processFacts(await after.pid())?.arguments).toEqual(
      "pickup -z -n echo -t unix @serve new".split(" "),
    );
    expect(await before.pid()).toBe(old);
  });

  test("asks idle children to leave; busy ones finish first; the next client gets a new one (MST-54, MST-61, MST-62)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO, "two unix n - n - 5 probe @serve"],
    });
    const running = await sandbox.start();
    const passing = await sandbox.connect("public/two");
    const idle = await passing.pid();
    passing[Symbol.dispose]();
    using staying = await sandbox.connect("public/echo");
    const busy = await staying.pid();
    await sandbox.reload(running);
    await waitFor("the idle child to leave", () => !isAlive(idle));
    expect(await staying.pid()).toBe(busy);
    using next = await sandbox.connect("public/two");
    expect(await next.pid()).not.toBe(idle);
    staying[Symbol.dispose]();
    await waitFor("the busy child to leave", () => !isAlive(busy));
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("old children still count against the limit (MST-61)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 1 probe @serve"],
    });
    const running = await sandbox.start();
    using holder = await sandbox.connect("public/echo");
    await holder.pid();
    await sandbox.reload(running);
    using waiting = await sandbox.connect("public/echo");
    await neverHappens("a second child", () => running.children().length > 1);
    holder[Symbol.dispose]();
    await waiting.pid();
  });

  test("a raised limit takes effect at once, a lowered one when children have left (MST-53, MST-67)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 1 probe @serve"],
    });
    const running = await sandbox.start();
    const holder = await sandbox.connect("public/echo");
    await holder.pid();
    using second = await sandbox.connect("public/echo");
    await reloadWith(sandbox, running, ["echo unix n - n - 2 probe @serve"]);
    await second.pid();
    await reloadWith(sandbox, running, ["echo unix n - n - 1 probe @serve"]);
    using third = await sandbox.connect("public/echo");
    await neverHappens("a third child", () => running.children().length > 2);
    holder[Symbol.dispose]();
    second[Symbol.dispose]();
    await third.pid();
    await running.waitForChildren(1);
  });

  test("keeps the listener of a service that stays: same socket, its queue survives (MST-53)", async () => {
    await using sandbox = await Sandbox.create(master);
    const services = [
      "echo unix n - n - 1 probe @serve",
      `${sandbox.address}:2525 inet n - n - 1 probe @serve`,
    ];
    sandbox.writeServices(services);
    const running = await sandbox.start();
    using unixHolder = await sandbox.connect("public/echo");
    using inetHolder = await sandbox.connectTcp(2525);
    const before = [
      listenerOf(await unixHolder.pid()),
      listenerOf(await inetHolder.pid()),
      statSync(sandbox.path("queue/public/echo")).ino,
    ];
    using unixWaiting = await sandbox.connect("public/echo");
    using inetWaiting = await sandbox.connectTcp(2525);
    await sandbox.reload(running);
    unixHolder[Symbol.dispose]();
    inetHolder[Symbol.dispose]();
    expect([
      listenerOf(await unixWaiting.pid()),
      listenerOf(await inetWaiting.pid()),
      statSync(sandbox.path("queue/public/echo")).ino,
    ]).toEqual(before);
  });

  test("removes a service: TERM for its children, connections refused, the file stays (MST-63, MST-65)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([
      ECHO,
      "gone unix n - n - 5 probe @serve",
      `${sandbox.address}:2525 inet n - n - 5 probe @serve`,
    ]);
    const running = await sandbox.start();
    using client = await sandbox.connect("public/gone");
    const child = await client.pid();
    await reloadWith(sandbox, running, [ECHO]);
    await waitFor("its child to be gone", () => !isAlive(child));
    await waitFor("its port to be closed", async () => await refuses(sandbox, 2525));
    expect(existsSync(sandbox.path("queue/public/gone"))).toBe(true);
    await waitFor("its socket to be closed", async () => {
      const attempt = await sandbox.connect("public/gone").catch(() => null);
      attempt?.[Symbol.dispose]();
      return attempt === null;
    });
    using echo = await sandbox.connect("public/echo");
    await echo.pid();
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("removes a service that master_service_disable names, and brings it back (SVC-53 to SVC-57)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO, "other unix n - n - 5 probe @serve"],
    });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/other");
    const child = await client.pid();
    sandbox.writeSettings({ master_service_disable: "inet, other/UNIX" });
    await sandbox.reload(running);
    await waitFor("its child to be gone", () => !isAlive(child));
    sandbox.writeSettings({ master_service_disable: "!other/unix fifo, nothing.unix" });
    await sandbox.reload(running);
    using again = await waitFor("the service", () =>
      sandbox.connect("public/other").catch(() => null),
    );
    await again.pid();
  });

  test("removed and added again is a new service with a new listener (MST-52)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const child = await first.pid();
    const before = listenerOf(child);
    await reloadWith(sandbox, running, []);
    await waitFor("its child to be gone", () => !isAlive(child));
    await reloadWith(sandbox, running, [ECHO]);
    using second = await waitFor("the service", () =>
      sandbox.connect("public/echo").catch(() => null),
    );
    expect(listenerOf(await second.pid())).not.toBe(before);
  });

  test("the same socket under another type is another service (SVC-52, MST-56)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    await reloadWith(sandbox, running, ["echo pass n - n 1000 1 probe @forever"]);
    const [child = 0] = await running.waitForChildren(1);
    await waitFor("its words", () => processFacts(child)?.arguments.includes("pass"));
  });

  test("a path changes from socket to fifo and back (SVC-33, SVC-52)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    const journal = sandbox.journalPath("fifo");
    sandbox.writeServices([`echo fifo n - n 1000 1 probe @triggers=${journal} @serve`]);
    await sandbox.reload(running);
    await sandbox.waitForJournal("fifo", 1);
    expect(statSync(sandbox.path("queue/public/echo")).isFIFO()).toBe(true);
    sandbox.writeServices([ECHO]);
    await sandbox.reload(running);
    using client = await waitFor("the socket", () =>
      sandbox.connect("public/echo").catch(() => null),
    );
    await client.pid();
  });

  test("takes deleted lines of main.cf back to their defaults (MST-47)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - - probe @serve"],
      settings: { default_process_limit: "1" },
    });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/echo");
    await first.pid();
    using second = await sandbox.connect("public/echo");
    sandbox.writeSettings({});
    await sandbox.reload(running);
    await second.pid();
  });

  test("several requests in a row are at least one reload, and harmless (MST-50)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    for (let count = 0; count < 20; count++) running.signal("SIGHUP");
    await sandbox.waitForRecord(/reload/);
    using client = await sandbox.connect("public/echo");
    await client.pid();
    expect(sandbox.recordsOf(/reload/).length).toBeLessThanOrEqual(20);
    expect(sandbox.recordsOf(/warning|fatal|panic/)).toEqual([]);
  });

  test("does not touch locks, working directory, verbosity (MST-57)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    const inode = statSync(sandbox.path("queue/pid/master.pid")).ino;
    await sandbox.reload(running);
    using client = await sandbox.connect("public/echo");
    await client.pid();
    expect(statSync(sandbox.path("queue/pid/master.pid")).ino).toBe(inode);
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1").trim()).toBe(
      String(running.pid),
    );
    expect(processFacts(running.pid)?.workingDirectory).toBe(sandbox.queueDirectory);
  });

  test("warns that another queue_directory needs a restart, and keeps the old one (MST-48)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    sandbox.writeSettings({ queue_directory: sandbox.path("data") });
    await sandbox.reload(running);
    await sandbox.waitForRecord(/warning: .*queue_directory/);
    using client = await sandbox.connect("public/echo");
    await client.pid();
    expect(processFacts(running.pid)?.workingDirectory).toBe(sandbox.queueDirectory);
  });

  test("under load: 300 clients during ten reloads are all served", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([ECHO, `${sandbox.address}:2525 inet n - n - 5 probe @serve`]);
    const running = await sandbox.start();
    const wave = async (open: () => ReturnType<Sandbox["connect"]>) => {
      for (let count = 0; count < 15; count++) {
        using client = await open();
        await client.pid();
      }
    };
    const load = Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        wave(() => (index % 2 === 0 ? sandbox.connect("public/echo") : sandbox.connectTcp(2525))),
      ),
    );
    for (let count = 0; count < 10; count++) await sandbox.reload(running);
    await load;
    expect(sandbox.recordsOf(/warning|fatal|panic/)).toEqual([]);
  });

  test(differenceTitle(master, "bad-reload"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.pid();
    sandbox.writeServices([ECHO, "broken unix n - n x 5 probe"]);
    running.signal("SIGHUP");
    if (master.name === "postfix") {
      expect(await running.exit()).toEqual({ status: 1, signal: null });
      return;
    }
    await sandbox.waitForRecord(/master\.cf:2:/);
    expect(running.hasExited).toBe(false);
    using next = await sandbox.connect("public/echo");
    await next.pid();
  });

  test(differenceTitle(master, "stubborn-child"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO, "stubborn unix n - n - 5 probe @serve"],
      settings: { child_kill_delay: "1s" },
    });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/stubborn");
    const child = await client.pid();
    await client.ask("ignore-term");
    sandbox.writeServices([ECHO]);
    running.signal("SIGHUP");
    using next = await sandbox.connect("public/echo");
    if (master.name === "postfix") {
      await sandbox.waitForRecord(/reload/);
      await neverHappens("a spawn", () => running.children().length > 1, 1500);
      process.kill(child, "SIGKILL");
      await next.pid();
      return;
    }
    await next.pid();
    await waitFor("the stubborn child to be killed", () => !isAlive(child));
    const record = await sandbox.waitForRecord(new RegExp(`warning: .*\\b${child}\\b.*kill`));
    expect(record.text).toContain(sandbox.path("daemons/probe"));
  });
});

async function reloadWith(sandbox: Sandbox, running: MasterProcess, services: string[]) {
  sandbox.writeServices(services);
  await sandbox.reload(running);
  // The endpoints of new services come last: then the reload is through.
  await waitFor(
    () => `the new services\n${sandbox.logText()}`,
    () =>
      services.every((line) => {
        const [name = "", transport] = line.split(" ");
        return transport === "inet" || existsSync(sandbox.path("queue/public", name));
      }),
  );
}

function listenerOf(pid: number): string | undefined {
  return processFacts(pid)?.descriptors.find(({ fd }) => fd === 6)?.target;
}

async function refuses(sandbox: Sandbox, port: number): Promise<boolean> {
  const client = await sandbox.connectTcp(port).catch(() => null);
  client?.[Symbol.dispose]();
  return client === null;
}
