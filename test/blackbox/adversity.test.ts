/** What no master may die of: no descriptors left, nobody reading, files that stand in the way. */
import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";

import type { MasterProcess } from "../support/master-process.ts";
import { onPfmaster } from "../support/masters.ts";
import { processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";

const ECHO = "echo unix n - n - 5 probe @serve";
const MORE = "more unix n - n - 5 probe @serve";

async function stillServes(sandbox: Sandbox, running: MasterProcess): Promise<void> {
  using client = await sandbox.connect("public/echo");
  await client.pid();
  expect(running.hasExited).toBe(false);
}

/** The running master can open `count` more; the sandbox's log needs one at a time. */
function leaveDescriptors(pid: number, count: number): void {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < count || used.has(limit); limit++) if (!used.has(limit)) free++;
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${limit}:`]);
}

function restoreDescriptors(pid: number): void {
  execFileSync("prlimit", ["--pid", String(pid), "--nofile=10000:"]);
}

onPfmaster("without a free descriptor", (master) => {
  for (const left of [1, 2, 3]) {
    test(`a spawn with ${left} left is a bad start, and is tried again`, async () => {
      await using sandbox = await Sandbox.create(master, {
        services: [ECHO],
        settings: { service_throttle_initial_time: "1s" },
      });
      const running = await sandbox.start();
      leaveDescriptors(running.pid, left);
      using client = await sandbox.connect("public/echo");
      await sandbox.waitForRecord(/bad command startup -- throttling.*Too many open files/);
      restoreDescriptors(running.pid);
      await client.pid();
      expect(running.hasExited).toBe(false);
    });
  }

  test("a reload is refused, and works afterwards", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    sandbox.writeServices([ECHO, MORE, "third unix n - n - 5 probe @serve"]);
    leaveDescriptors(running.pid, 1); // the log is opened with it
    running.signal("SIGHUP");
    await sandbox.waitForRecord(/reload refused/);
    restoreDescriptors(running.pid);
    await stillServes(sandbox, running);
    running.signal("SIGHUP");
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/more")));
    await stillServes(sandbox, running);
  });
});

onPfmaster("a reload that is in somebody's way", (master) => {
  test("two new services with one path: a warning, and the last one is reached", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    sandbox.writeServices([ECHO, MORE, "more pass n - n - 5 probe @serve"]);
    running.signal("SIGHUP");
    await sandbox.waitForRecord(/warning: .*public\/more/);
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/more")));
    await stillServes(sandbox, running);
    expect(readdirSync(sandbox.path("queue/public")).toSorted()).toEqual(["echo", "more"]);
  });

  test("a directory at the path of a new service: refused, nothing stays behind", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    mkdirSync(sandbox.path("queue/public/more"));
    sandbox.writeServices([ECHO, "other unix n - n - 5 probe @serve", MORE]);
    running.signal("SIGHUP");
    await sandbox.waitForRecord(/master\.cf:3:1:.*public\/more.*[Dd]irectory/);
    await sandbox.waitForRecord(/reload refused/);
    await stillServes(sandbox, running);
    expect(readdirSync(sandbox.path("queue/public")).toSorted()).toEqual(["echo", "more"]);
  });

  test("a syslog_name of 5,000 bytes", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({ options: ["-s"] });
    sandbox.writeSettings({ syslog_name: "x".repeat(5000) });
    sandbox.writeServices([ECHO, MORE]);
    running.signal("SIGHUP");
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/more")));
    await stillServes(sandbox, running);
  });
});

onPfmaster("nobody reads", (master) => {
  const outputs = [
    ["a full device", 'exec "$0" "$@" >/dev/full 2>/dev/full'],
    ["a pipe that was closed", 'exec "$0" "$@" > >(exec true) 2>&1'],
  ] as const;
  for (const [title, script] of outputs) {
    for (const options of [["-s"], ["-d"]]) {
      test(`what ${options.join("")} keeps open is ${title}: records are lost, no more`, async () => {
        await using sandbox = await Sandbox.create(master, {
          services: [ECHO],
          settings: { maillog_file: "" },
        });
        const wrapper = ["bash", "-c", script];
        const running = sandbox.launch({ wrapper, options });
        await waitFor("the service", () => existsSync(sandbox.path("queue/public/echo")));
        sandbox.writeSettings({ maillog_file: "" });
        sandbox.writeServices([ECHO, MORE]);
        running.signal("SIGHUP");
        await waitFor("the new service", () => existsSync(sandbox.path("queue/public/more")));
        await stillServes(sandbox, running);
      });
    }
  }

  test("a named pipe as maillog_file holds nothing up", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    rmSync(sandbox.path("log"));
    execFileSync("mkfifo", [sandbox.path("log")]);
    sandbox.writeServices([ECHO, MORE]);
    running.signal("SIGHUP");
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/more")));
    await stillServes(sandbox, running);
  });
});

onPfmaster("the environment of a master", (master) => {
  test("a marker for -w that somebody else has set is not believed (MST-135)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({ environment: { PFMASTER_READY_FD: "3" } });
    await stillServes(sandbox, running);
  });

  test("a log socket of its caller is not handed to children (MST-132)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO],
      settings: { maillog_file: "" },
    });
    const environment = await sandbox.collectEarlyLog();
    sandbox.launch({ environment });
    await waitFor("the service", () => existsSync(sandbox.path("queue/public/echo")));
    using client = await sandbox.connect("public/echo");
    const facts = processFacts(await client.pid());
    expect(Object.keys(facts?.environment ?? {})).not.toContain("POSTLOG_SERVICE");
  });
});
