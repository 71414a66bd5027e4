/** Where the records go, and in which form (MST-129 to MST-134, MCF-01, MCF-02). */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { ownDevices } from "../support/namespaces.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const ECHO = "echo unix n - n - 5 probe @serve";

onEachMaster("logging", (master) => {
  test("to syslog with facility mail and the severity's priority (MCF-02)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const { lines, wrapper } = await syslogOf(sandbox);
    sandbox.writeSettings({ maillog_file: "" });
    const running = sandbox.launch({ wrapper });
    const started = await waitFor("the start", () =>
      lines().find((line) => /daemon started/.test(line)),
    );
    expect(started).toMatch(
      new RegExp(
        `^<22>\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d postfix/master\\[${running.pid}\\]: daemon`,
      ),
    );
    using client = await sandbox.connect("public/echo");
    const facts = processFacts(await client.pid());
    expect(facts?.environment["POSTLOG_SERVICE"]).toBeUndefined(); // MST-132
    client.tell("exit 5");
    const warning = await waitFor("the warning", () =>
      lines().find((line) => /exit status 5/.test(line)),
    );
    expect(warning).toStartWith("<20>");
  });

  test("fatal records before main.cf is read go to syslog as critical (MST-06, MCF-02)", async () => {
    await using sandbox = await Sandbox.create(master);
    const { lines, wrapper } = await syslogOf(sandbox);
    const ended = await sandbox.run({ wrapper, options: ["-X"] });
    expect(await ended.exit()).toEqual({ status: 1, signal: null });
    await waitFor("the usage", () => lines().some((line) => /^<18>.*fatal: usage/.test(line)));
  });

  test("under another facility and name (MCF-70, MCF-03)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const { lines, wrapper } = await syslogOf(sandbox);
    sandbox.writeSettings({ maillog_file: "", syslog_facility: "local3", syslog_name: "mx" });
    sandbox.launch({ wrapper });
    const started = await waitFor("the start", () =>
      lines().find((line) => /daemon started/.test(line)),
    );
    expect(started).toMatch(/^<158>.* mx\/master\[/);
  });

  test("without any log daemon it runs all the same", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    sandbox.writeSettings({ maillog_file: "" });
    sandbox.launch();
    await waitFor("the listener", () => existsSync(sandbox.path("queue/public/echo")));
    using client = await sandbox.connect("public/echo");
    await client.pid();
  });

  test("to the postlog socket when somebody listens there, else to the file: never to both (MST-131, MST-133)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const collected = await postlogOf(sandbox);
    const running = sandbox.launch();
    const started = await waitFor("the start", () =>
      collected().find((line) => /daemon started/.test(line)),
    );
    expect(started).toMatch(
      new RegExp(
        `^\\w{3} \\d\\d \\d\\d:\\d\\d:\\d\\d sandbox postfix/master\\[${running.pid}\\]: daemon`,
      ),
    );
    expect(sandbox.logText()).toBe("");
  });

  test("to standard output with -s and maillog_file = /dev/stdout (MST-28, MST-133)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    sandbox.writeSettings({ maillog_file: "/dev/stdout", maillog_file_prefixes: "/dev/stdout" });
    // A file: the original cannot open a /dev/stdout that is a socket, as under this runtime.
    const wrapper = ["sh", "-c", 'exec "$@" >>"$0"', sandbox.path("output")];
    const running = sandbox.launch({ options: ["-s"], wrapper });
    const output = () => readFileSync(sandbox.path("output"), "utf8");
    await waitFor(
      "the start",
      () => existsSync(sandbox.path("output")) && /started/.test(output()),
    );
    expect(output()).toMatch(
      new RegExp(`^\\w{3} \\d\\d .* sandbox postfix/master\\[${running.pid}\\]: daemon started`),
    );
  });

  test("follows a reload to another file (MST-50)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    const second = sandbox.path("second-log");
    sandbox.writeSettings({ maillog_file: second });
    running.signal("SIGHUP");
    using client = await sandbox.connect("public/echo");
    await client.pid();
    await sandbox.waitForRecord(/reload/);
    await waitFor("a record in the new file", async () => {
      if (existsSync(second) && /exit status 5/.test(readFileSync(second, "utf8"))) return true;
      const victim = await sandbox.connect("public/echo");
      victim.tell("exit 5");
      return false;
    });
  });

  test(differenceTitle(master, "unwritable-log"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    rmSync(sandbox.path("log"));
    mkdirSync(sandbox.path("log"));
    running.signal("SIGHUP");
    if (master.name === "postfix") {
      expect(await running.exit()).toMatchObject({ status: 1 });
      return;
    }
    sandbox.writeServices([ECHO, "more unix n - n - 5 probe @serve"]);
    running.signal("SIGHUP");
    using more = await waitFor("the reload", () =>
      sandbox.connect("public/more").catch(() => null),
    );
    await more.pid();
    expect(running.hasExited).toBe(false);
  });
});

onEachMaster("a master does not fall over what is none of its business", (master) => {
  test(differenceTitle(master, "unknown-child"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    // The shell's child becomes the master's with exec.
    const wrapper = ["sh", "-c", 'sleep 1 & echo $! >"$0"; exec "$@"', sandbox.path("stranger")];
    const running = await sandbox.start({ wrapper });
    const stranger = Number(readFileSync(sandbox.path("stranger"), "utf8"));
    await waitFor("the stranger's end", () => !isAlive(stranger));
    if (master.name === "postfix") {
      expect(await running.exit()).toMatchObject({ signal: "SIGABRT" });
      return;
    }
    using client = await sandbox.connect("public/echo");
    await client.pid();
    expect(sandbox.log()).toHaveLength(1);
  });

  test(differenceTitle(master, "crash-signals"), async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    running.signal("SIGSEGV");
    expect((await running.exit()).signal).not.toBeNull();
    if (master.name === "postfix") {
      await waitFor("the child's end", () => !isAlive(child));
      expect(sandbox.recordsOf(/terminating on signal 11/)).toHaveLength(1);
      return;
    }
    expect(await client.pid()).toBe(child); // it finishes its client
    client[Symbol.dispose]();
    await waitFor("the child to leave", () => !isAlive(child));
  });

  test(differenceTitle(master, "program-name"), async () => {
    await using sandbox = await Sandbox.create(master);
    await sandbox.start({ argv0: "other-name" });
    const name = master.name === "postfix" ? "other-name" : "master";
    expect(sandbox.recordsOf(/daemon started/)[0]?.tag).toBe(`postfix/${name}`);
    expect(existsSync(sandbox.path(`queue/pid/${name}.pid`))).toBe(true);
    expect(existsSync(sandbox.path(`data/${name}.lock`))).toBe(true);
  });

  test(differenceTitle(master, "test-mode-session"), async () => {
    await using sandbox = await Sandbox.create(master);
    const wrapper = ["perl", "-e", "setpgrp(0, 0); exec @ARGV", "--"];
    const ended = await sandbox.run({ wrapper, options: ["-t"] });
    expect(await ended.exit()).toEqual({
      status: master.name === "postfix" ? 1 : 0,
      signal: null,
    });
  });
});

onPfmaster("logging", (master) => {
  test("a log daemon that does not read never stops the master", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const collected = await postlogOf(sandbox);
    const running = sandbox.launch();
    await waitFor("the start", () => collected().some((line) => /daemon started/.test(line)));
    const collector = await waitFor("the collector", () => collectorOf(sandbox));
    process.kill(collector, "SIGSTOP");
    for (let count = 0; count < 100; count++) running.signal("SIGHUP");
    for (let count = 0; count < 300; count++) {
      const client = await sandbox.connect("public/echo");
      await client.ask("status 1");
      await client.ask("status 0");
      client.tell("exit 5"); // each one is a warning
    }
    using client = await sandbox.connect("public/echo");
    await client.pid();
    process.kill(collector, "SIGCONT");
    await neverHappens("the master's end", () => running.hasExited, 100);
  });
});

/** A log daemon behind a `/dev/log` that only this master sees. */
async function syslogOf(sandbox: Sandbox) {
  mkdirSync(sandbox.path("devices"));
  const lines = await collect(sandbox, sandbox.path("devices/log"));
  return { lines, wrapper: ownDevices(sandbox.path("devices")) };
}

function postlogOf(sandbox: Sandbox) {
  return collect(sandbox, sandbox.path("queue/public/postlog"));
}

async function collect(sandbox: Sandbox, socket: string): Promise<() => string[]> {
  const file = sandbox.path("collected");
  Bun.spawn([sandbox.programs.logCollector, socket, file], { env: sandbox.markedEnvironment() });
  await waitFor("the log collector", () => existsSync(socket));
  return () => readFileSync(file, "utf8").split("\n");
}

function collectorOf(sandbox: Sandbox): number | undefined {
  const listed = Bun.spawnSync(["pgrep", "-f", sandbox.path("collected")]).stdout.toString();
  return Number(listed.trim().split("\n")[0]) || undefined;
}
