/** A master of an ordinary user: refused by the original, allowed by pfmaster with rootless_mode = yes. */
import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";

import { type Master, onEachMaster, onPfmaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { NOBODY, Sandbox, type SandboxOptions } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const AS_NOBODY = ["setpriv", `--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, "--clear-groups"];
const ECHO = "echo unix n - n - 5 probe @serve";

onEachMaster("rootless_mode", (master) => {
  test(differenceTitle(master, "rootless"), async () => {
    await using sandbox = await rootlessSandbox(master, { services: [ECHO] });
    const environment = await sandbox.collectEarlyLog();
    const running = sandbox.launch({ wrapper: AS_NOBODY, environment });
    if (master.name === "postfix") {
      expect(await running.exit()).toEqual({ status: 1, signal: null });
      return;
    }
    await sandbox.waitForRecord(/daemon started/);
    using client = await sandbox.connect("public/echo");
    await client.pid();
  });
});

onPfmaster("rootless", (master) => {
  test("serves UNIX sockets and unprivileged ports as that user, locks and all", async () => {
    await using sandbox = await rootlessSandbox(master, {});
    sandbox.writeServices([ECHO, `${sandbox.address}:2525 inet n - n - 5 probe @serve`]);
    const running = await sandbox.start({ wrapper: AS_NOBODY });
    for (const client of [await sandbox.connect("public/echo"), await sandbox.connectTcp(2525)]) {
      const facts = processFacts(await client.pid());
      expect(facts?.uids).toEqual(Array(4).fill(NOBODY.uid));
      expect(facts?.arguments).toContain("-u"); // satisfied: mail_owner is that user
    }
    for (const file of ["queue/pid/master.pid", "data/master.lock", "queue/public/echo"]) {
      expect(statSync(sandbox.path(file)).uid).toBe(NOBODY.uid);
    }
    expect(readFileSync(sandbox.path("queue/pid/master.pid"), "utf8").trim()).toBe(
      String(running.pid),
    );
  });

  test("reloads, tests its lock, and ends with its children like any master", async () => {
    await using sandbox = await rootlessSandbox(master, { services: [ECHO] });
    const running = await sandbox.start({ wrapper: AS_NOBODY });
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    sandbox.writeServices([ECHO, "more unix n - n - 5 probe @serve"]);
    await sandbox.reload(running);
    using more = await waitFor("the new service", () =>
      sandbox.connect("public/more").catch(() => null),
    );
    await more.pid();
    const tested = await sandbox.run({ wrapper: AS_NOBODY, options: ["-t"] });
    expect(await tested.exit()).toEqual({ status: 1, signal: null });
    running.signal("SIGTERM");
    expect(await running.exit()).toEqual({ status: null, signal: "SIGTERM" });
    await waitFor("the child's end", () => !isAlive(child));
  });

  for (const [title, line] of [
    ["a service that keeps root (unprivileged = n)", "x unix n n n - 5 probe"],
    ["a service that asks for chroot", "x unix n - y - 5 probe"],
  ] as const) {
    test(`refuses ${title}, with its place, at start and on reload`, async () => {
      await using sandbox = await rootlessSandbox(master, { services: [ECHO, line] });
      const environment = await sandbox.collectEarlyLog();
      const ended = await sandbox.run({ wrapper: AS_NOBODY, environment });
      expect(await ended.exit()).toEqual({ status: 1, signal: null });
      expect(sandbox.log().filter(({ severity }) => severity === "fatal")).toHaveLength(1);
      expect(sandbox.logText()).toMatch(/fatal: .*master\.cf:2:\d+:/);

      sandbox.writeServices([ECHO]);
      const running = await sandbox.start({ wrapper: AS_NOBODY });
      sandbox.writeServices([ECHO, "", line]);
      running.signal("SIGHUP");
      await sandbox.waitForRecord(/master\.cf:3:\d+:/);
      using client = await sandbox.connect("public/echo");
      await client.pid();
    });
  }

  test("refuses a mail_owner who is somebody else", async () => {
    await using sandbox = await rootlessSandbox(master, { services: [ECHO] });
    sandbox.writeSettings({ rootless_mode: "yes", mail_owner: "postfix" });
    const environment = await sandbox.collectEarlyLog();
    const ended = await sandbox.run({ wrapper: AS_NOBODY, environment });
    expect(await ended.exit()).toEqual({ status: 1, signal: null });
    expect(sandbox.logText()).toMatch(/fatal: .*mail_owner/);
  });

  test("refuses a privileged port with a clear record", async () => {
    await using sandbox = await rootlessSandbox(master, {});
    sandbox.writeServices([`${sandbox.address}:25 inet n - n - 5 probe`]);
    const environment = await sandbox.collectEarlyLog();
    const ended = await sandbox.run({ wrapper: AS_NOBODY, environment });
    expect(await ended.exit()).toEqual({ status: 1, signal: null });
    expect(sandbox.logText()).toMatch(/fatal: .*master\.cf:1:.*25/);
  });

  test("refuses an unreadable main.cf", async () => {
    await using sandbox = await rootlessSandbox(master, { services: [ECHO] });
    Bun.spawnSync(["chown", "root", sandbox.path("etc/main.cf")]);
    Bun.spawnSync(["chmod", "600", sandbox.path("etc/main.cf")]);
    const environment = await sandbox.collectEarlyLog();
    const ended = await sandbox.run({ wrapper: AS_NOBODY, environment });
    expect(await ended.exit()).toEqual({ status: 1, signal: null });
    expect(sandbox.logText()).toMatch(/fatal: .*(main\.cf|superuser|root)/);
  });

  test("an ordinary user may ask -t about root's master, and gets 1 as from the original (MST-46)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    await sandbox.start();
    const tested = await sandbox.run({ wrapper: AS_NOBODY, options: ["-t"] });
    expect(await tested.exit()).toEqual({ status: 1, signal: null });
  });
});

function rootlessSandbox(master: Master, options: SandboxOptions): Promise<Sandbox> {
  return Sandbox.create(master, {
    ...options,
    owner: NOBODY,
    settings: { rootless_mode: "yes", ...options.settings },
  });
}
