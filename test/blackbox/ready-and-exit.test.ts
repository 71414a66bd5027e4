/** -w waits for the start, -e limits the run, signals end it: what the caller of a master sees. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

import { onEachMaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const ECHO = "echo unix n - n - 5 probe @serve";

onEachMaster("-w", (master) => {
  test("returns 0 once the master is ready, which stays behind in its own session (MST-21, MST-135, MST-136)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const monitor = await sandbox.run({ options: ["-w"] });
    expect(await monitor.exit()).toEqual({ status: 0, signal: null });
    expect(sandbox.recordsOf(/daemon started/)).toHaveLength(1);
    const pid = Number(readFileSync(sandbox.path("queue/pid/master.pid"), "latin1"));
    expect(pid).not.toBe(monitor.pid);
    expect(processFacts(pid)).toMatchObject({ session: pid, processGroup: pid });
    using client = await sandbox.connect("public/echo");
    expect(processFacts(await client.pid())?.parent).toBe(pid);
  });

  test("returns 1 and says so when the master does not come up (MST-135)", async () => {
    await using sandbox = await Sandbox.create(master, { services: ["echo unix n - n - x probe"] });
    const environment = await sandbox.collectEarlyLog();
    const monitor = await sandbox.run({ options: ["-w"], environment });
    expect(await monitor.exit()).toEqual({ status: 1, signal: null });
    const fatal = sandbox.log().filter(({ severity }) => severity === "fatal");
    expect(fatal.map(({ text }) => text)).toEqual([
      expect.stringContaining("master.cf"),
      expect.stringMatching(/initiali[sz]ation/),
    ]);
    expect(sandbox.recordsOf(/daemon started/)).toEqual([]);
  });
});

onEachMaster("-e", (master) => {
  test("ends the master with status 0; its children notice and leave (MST-26)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({ options: ["-e", "2"] });
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    expect(await running.exit()).toEqual({ status: 0, signal: null });
    expect(sandbox.recordsOf(/exit time/)[0]).toMatchObject({ severity: "info", pid: running.pid });
    expect(isAlive(child)).toBe(true); // busy: nobody signalled it
    client[Symbol.dispose]();
    await waitFor("the child to leave", () => !isAlive(child));
  });
});

onEachMaster("-e without a time", (master) => {
  for (const seconds of ["0", "soon"]) {
    test(`${seconds} ends the master as soon as it has started (MST-26)`, async () => {
      await using sandbox = await Sandbox.create(master, { services: [ECHO] });
      const running = await sandbox.start({ options: ["-e", seconds] });
      expect(await running.exit()).toEqual({ status: 0, signal: null });
    });
  }
});

onEachMaster("termination", (master) => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
    test(`${signal} ends the children by SIGTERM and the master by the same signal (MST-113, MST-119)`, async () => {
      await using sandbox = await Sandbox.create(master, { services: [ECHO] });
      const running = await sandbox.start();
      using client = await sandbox.connect("public/echo");
      const child = await client.pid();
      running.signal(signal);
      expect(await running.exit()).toEqual({ status: null, signal });
      await waitFor("the busy child to be gone", () => !isAlive(child));
      const number = { SIGTERM: 15, SIGINT: 2, SIGQUIT: 3 }[signal];
      expect(sandbox.recordsOf(/terminating/).map(({ text }) => text)).toEqual([
        `terminating on signal ${number}`,
      ]);
    });
  }

  test("does not wait for children that ignore it, and removes nothing (MST-121)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    await client.ask("ignore-term");
    running.signal("SIGTERM");
    expect(await running.exit()).toEqual({ status: null, signal: "SIGTERM" });
    expect(isAlive(child)).toBe(true);
    expect(await client.ask("wait-eof")).toBe(""); // it still learns that the master is gone
    await Bun.file(sandbox.path("queue/pid/master.pid")).stat();
    await Bun.file(sandbox.path("queue/public/echo")).stat();
  });

  test("SIGKILL: idle children leave at end of file, busy ones after their client (MST-123)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO, "idle unix n - n - 5 probe @serve"],
    });
    const running = await sandbox.start();
    using busy = await sandbox.connect("public/echo");
    const busyPid = await busy.pid();
    const passing = await sandbox.connect("public/idle");
    const idlePid = await passing.pid();
    passing[Symbol.dispose]();
    running.signal("SIGKILL");
    await running.exit();
    await waitFor("the idle child to leave", () => !isAlive(idlePid));
    expect(await busy.pid()).toBe(busyPid);
    busy[Symbol.dispose]();
    await waitFor("the busy child to leave", () => !isAlive(busyPid));
  });

  test("SIGPIPE, and SIGALRM from outside, do not end it (MST-114, MST-115)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    running.signal("SIGPIPE");
    running.signal("SIGALRM");
    using client = await sandbox.connect("public/echo");
    await client.pid();
    expect(running.hasExited).toBe(false);
  });

  test("SIGUSR1 has its default action (MST-116)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    running.signal("SIGUSR1");
    expect(await running.exit()).toEqual({ status: null, signal: "SIGUSR1" });
  });

  test(differenceTitle(master, "attached-termination"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({ options: ["-d"] });
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    running.signal("SIGTERM");
    if (master.name === "postfix") {
      expect(await running.exit()).toEqual({ status: 1, signal: null });
      expect(isAlive(child)).toBe(true);
    } else {
      expect(await running.exit()).toEqual({ status: null, signal: "SIGTERM" });
      await waitFor("the child to be gone", () => !isAlive(child));
    }
  });
});
