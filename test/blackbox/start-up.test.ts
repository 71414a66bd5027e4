/** How a master starts: options, refusals, what it keeps of its surroundings (MST-01 to MST-36). */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { NOBODY, Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const ECHO = "echo unix n - n - 1 probe @serve";

onEachMaster("start-up", (master) => {
  test("says that it has started, with its configuration directory (MST-20)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    const [started] = sandbox.recordsOf(/daemon started/);
    expect(started).toMatchObject({ tag: "postfix/master", severity: "info", pid: running.pid });
    expect(started?.text).toContain(sandbox.path("etc"));
  });

  test("logs under syslog_name (MCF-03)", async () => {
    await using sandbox = await Sandbox.create(master, { settings: { syslog_name: "mta-out" } });
    await sandbox.start();
    expect(sandbox.recordsOf(/daemon started/)[0]?.tag).toBe("mta-out/master");
  });

  test("finds its configuration through MAIL_CONFIG too (MCF-08)", async () => {
    await using sandbox = await Sandbox.create(master);
    await sandbox.start({ words: [], environment: { MAIL_CONFIG: sandbox.path("etc") } });
  });

  test("detaches: /dev/null, its own session, the queue directory, umask 077 (MST-01, MST-10, MST-11, MST-16)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start();
    const facts = processFacts(running.pid);
    expect(facts).toMatchObject({
      session: running.pid,
      processGroup: running.pid,
      workingDirectory: sandbox.queueDirectory,
      umask: 0o77,
    });
    const standard = facts?.descriptors.filter(({ fd }) => fd <= 2);
    expect(standard?.map(({ target }) => target)).toEqual(Array(3).fill("/dev/null"));
    expect(facts?.ignoredSignals).toContain(13); // SIGPIPE, MST-03
  });

  test("keeps standard output with -s (MST-28)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start({ options: ["-s"] });
    const targets = processFacts(running.pid)?.descriptors.map(({ target }) => target) ?? [];
    expect(targets[0]).toBe("/dev/null");
    expect(targets[1]).not.toBe("/dev/null");
    expect(targets[2]).toBe("/dev/null");
  });

  test("stays attached with -d: descriptors and session as they were (MST-10, MST-25)", async () => {
    await using sandbox = await Sandbox.create(master);
    const running = await sandbox.start({ options: ["-d"] });
    const facts = processFacts(running.pid);
    expect(facts?.session).toBe(processFacts(process.pid)?.session ?? -1);
    expect(facts?.descriptors[2]?.target).not.toBe("/dev/null");
  });

  test("drops descriptors that it inherited (MST-05)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({
      wrapper: ["bash", "-c", 'exec 4</etc/passwd 9</etc/group 40</etc/hosts; exec "$@"', "bash"],
    });
    using client = await sandbox.connect("public/echo");
    const child = await client.pid();
    const inherited = [running.pid, child]
      .flatMap((pid) => processFacts(pid)?.descriptors ?? [])
      .filter(({ target }) => target.startsWith("/etc/"));
    expect(inherited).toEqual([]);
  });

  test("cleans the environment as import_environment says, and adds its own (MST-31, MST-32, MST-35)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO],
      settings: {
        import_environment: "MAIL_CONFIG,TZ ABSENT A=1 { B = x y, z } A=2 LANG=C MAIL_LOGTAG",
      },
    });
    await sandbox.start({ environment: { TZ: "UTC", LANG: "de_DE", SECRET: "1", HOME: "/root" } });
    using client = await sandbox.connect("public/echo");
    expect(processFacts(await client.pid())?.environment).toEqual({
      MAIL_CONFIG: sandbox.path("etc"),
      TZ: "UTC",
      A: "2",
      B: "x y, z",
      LANG: "C",
      MAIL_LOGTAG: "postfix", // MCF-73
      GENERATION: "1",
      ...(master.name === "pfmaster" && { PFMASTER_FEATURES: "retire" }), // design D17
      POSTLOG_SERVICE: sandbox.path("queue/public/postlog"),
      POSTLOG_HOSTNAME: "sandbox.example",
    });
  });

  test("cleans the environment only once: a reload does not do it again (MST-33)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO],
      settings: { import_environment: "MAIL_CONFIG A=before" },
    });
    const running = await sandbox.start();
    sandbox.writeSettings({ import_environment: "MAIL_CONFIG A=after" });
    sandbox.writeServices([ECHO, "new unix n - n - 1 probe @serve"]);
    await sandbox.reload(running);
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/new")));
    using client = await sandbox.connect("public/new");
    expect(processFacts(await client.pid())?.environment["A"]).toBe("before");
  });

  test("refuses a malformed import_environment with the parameter's name (MST-31)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { import_environment: "{A=1" },
    });
    await expectFatal(sandbox, { text: /import_environment/ });
  });

  for (const [title, options] of [
    ["an unknown option", ["-X"]],
    ["a missing argument", ["-e"]],
    ["extra words", ["-v", "start"]],
    ["an option after a word", ["start", "-t"]],
  ] as const) {
    test(`answers ${title} with its usage in the log and status 1 (MST-23, MST-30)`, async () => {
      await using sandbox = await Sandbox.create(master);
      const { text } = await expectFatal(sandbox, { options, text: /usage/ });
      expect(text).toContain(sandbox.master.path);
      const letters = master.name === "postfix" ? "cDdetvw" : "cDdeistvw"; // "usage-letters"
      for (const letter of letters) expect(text).toContain(`-${letter}`);
      expect(existsSync(sandbox.path("queue/pid/master.pid"))).toBe(false);
    });
  }

  test("lets getopt's own message reach the terminal (MST-30)", async () => {
    await using sandbox = await Sandbox.create(master);
    const ended = await sandbox.run({ options: ["-X"] });
    expect((await ended.allOutput()).stderr).toMatch(/invalid option -- 'X'/);
  });

  test("refuses -t together with -w (MST-29)", async () => {
    await using sandbox = await Sandbox.create(master);
    await expectFatal(sandbox, { options: ["-t", "-w"], text: /-t.*-w/ });
  });

  test("refuses -i unless it is process 1 (MST-28)", async () => {
    await using sandbox = await Sandbox.create(master);
    await expectFatal(sandbox, { options: ["-i"], text: /-i/ });
  });

  for (const letter of ["-D", "-d", "-w"]) {
    test(`refuses -i together with ${letter} (MST-29)`, async () => {
      await using sandbox = await Sandbox.create(master);
      const wrapper = ["unshare", "--pid", "--fork", "--kill-child"];
      await expectFatal(sandbox, { options: ["-i", letter], wrapper, text: /-i/ });
    });
  }

  test("is for the superuser only (MST-07)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    await expectFatal(sandbox, { wrapper: asNobody, text: /superuser|root/ });
    expect(existsSync(sandbox.path("queue/pid/master.pid"))).toBe(false);
  });

  test("refuses to run set-uid (MST-07)", async () => {
    await using sandbox = await Sandbox.create(master);
    // A set-id program trusts no log socket from its environment: only the status tells.
    const wrapper = ["setpriv", "--ruid=0", `--euid=${NOBODY.uid}`];
    const ended = await sandbox.run({ wrapper });
    expect(await ended.exit()).toEqual({ status: 1, signal: null });
    expect(existsSync(sandbox.path("queue/pid/master.pid"))).toBe(false);
  });

  test("refuses to detach when it leads a process group (MST-11)", async () => {
    await using sandbox = await Sandbox.create(master);
    await expectFatal(sandbox, { wrapper: asGroupLeader, text: /session/ });
  });

  test("runs the debugger on itself with -D, from debugger_command (MST-18, MCF-78)", async () => {
    await using sandbox = await Sandbox.create(master);
    const note = sandbox.path("journals/debugger");
    sandbox.writeSettings({ debugger_command: `echo $process_name $process_id >${note}` });
    const running = await sandbox.start({ options: ["-D"] });
    expect(readFileSync(note, "utf8")).toMatch(new RegExp(`^\\w+ ${running.pid}\n$`));
    // Like the terminal, the session stays for the debugger.
    expect(processFacts(running.pid)?.session).not.toBe(running.pid);
  });

  test("refuses -D without a debugger_command (MCF-78)", async () => {
    await using sandbox = await Sandbox.create(master);
    await expectFatal(sandbox, { options: ["-D"], text: /debugger_command/ });
  });

  test("tells each entry at verbosity 1 (SVC-64)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    await sandbox.start({ options: ["-v"], environment: await sandbox.collectEarlyLog() });
    await sandbox.waitForRecord(/public\/echo/);
  });

  test("takes MAIL_VERBOSE for a -v (MST-02)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    await sandbox.start({ environment: { MAIL_VERBOSE: "" } });
    using client = await sandbox.connect("public/echo");
    expect(processFacts(await client.pid())?.arguments).toContain("-v");
  });

  test("holds nothing but close-on-exec descriptors above 2 (MST-36)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/echo");
    await client.pid();
    const O_CLOEXEC = 0o2000000;
    const ours = processFacts(running.pid)?.descriptors.filter(
      ({ fd, target }) => fd > 2 && /^(pipe|socket):|\.(pid|lock)$/.test(target),
    );
    expect(ours?.length).toBeGreaterThan(5);
    expect(ours?.filter(({ flags }) => (flags & O_CLOEXEC) === 0)).toEqual([]);
  });

  test(differenceTitle(master, "negative-exit-time"), async () => {
    await using sandbox = await Sandbox.create(master);
    const environment = await sandbox.collectEarlyLog();
    const ended = await sandbox.run({ options: ["-e", "-5"], environment });
    expect(await ended.exit()).toMatchObject(
      master.name === "postfix" ? { signal: "SIGABRT" } : { status: 1 },
    );
  });
});

onEachMaster("init mode", (master) => {
  test("runs as process 1, keeps the session, survives orphans, ends with status 0 (MST-120, MST-137)", async () => {
    await using sandbox = await Sandbox.create(master, { services: [ECHO] });
    const running = await sandbox.start({
      options: ["-i"],
      wrapper: ["unshare", "--pid", "--fork", "--kill-child"],
      wrapperForks: true,
    });
    using client = await sandbox.connect("public/echo");
    await client.ask("orphan");
    const { pid } = running;
    await waitFor("the orphan to be reaped", () => zombiesOf(pid) === 0);
    await client.ask("pid");
    expect(isAlive(pid)).toBe(true);
    running.signal("SIGTERM");
    expect(await running.exit()).toEqual({ status: 0, signal: null });
  });
});

onPfmaster("start-up", (master) => {
  test(differenceTitle(master, "runtime-variables"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [ECHO],
      settings: {
        import_environment:
          "MAIL_CONFIG PFMASTER_FEATURES=all PFMASTER_A=1 BUN_A=1 NODE_A=1 JSC_A=1 MIMALLOC_A=1 NODE_B OK=1",
      },
    });
    await sandbox.start({ environment: { NODE_B: "1" } });
    using client = await sandbox.connect("public/echo");
    const names = Object.keys(processFacts(await client.pid())?.environment ?? {});
    expect(names.sort()).toEqual([
      "GENERATION",
      "MAIL_CONFIG",
      "OK",
      "PFMASTER_FEATURES",
      "POSTLOG_HOSTNAME",
      "POSTLOG_SERVICE",
    ]);
  });
});

const asNobody = ["setpriv", `--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, "--clear-groups"];

/** A process group of its own, as an interactive shell gives to each command. */
const asGroupLeader = ["perl", "-e", "setpgrp(0, 0); exec @ARGV", "--"];

async function expectFatal(
  sandbox: Sandbox,
  given: { options?: readonly string[]; wrapper?: readonly string[]; text: RegExp },
) {
  const environment = await sandbox.collectEarlyLog();
  const { text, ...start } = given;
  const ended = await sandbox.run({ ...start, environment });
  expect(await ended.exit()).toEqual({ status: 1, signal: null });
  const [record] = sandbox.log().filter(({ severity }) => severity === "fatal");
  expect(record?.text ?? sandbox.logText()).toMatch(text);
  return record ?? { text: "" };
}

function zombiesOf(parent: number): number {
  const listed = Bun.spawnSync(["ps", "--ppid", String(parent), "-o", "stat="]).stdout.toString();
  return listed.split("\n").filter((state) => state.startsWith("Z")).length;
}
