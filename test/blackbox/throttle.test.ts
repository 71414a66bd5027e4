/** A service whose child cannot start is paused (MST-78, MST-80, MST-88 to MST-91). */
import { expect, test } from "bun:test";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

/** The same fixed pause for both masters. */
const FIXED = { service_throttle_time: "1s", service_throttle_initial_time: "1s" };

onEachMaster("throttle", (master) => {
  for (const [title, words, end] of [
    ["exits with a status", "@exit=9", "exit status 9"],
    ["dies by a signal", "@signal=11", "killed by signal 11"],
  ] as const) {
    test(`pauses a service whose child ${title} before it served, then tries again (MST-87, MST-88, MST-90)`, async () => {
      await using sandbox = await Sandbox.create(master, { settings: FIXED });
      const journal = sandbox.journalPath("starts");
      sandbox.writeServices([`bad unix n - n - 5 probe @journal=${journal} ${words}`]);
      await sandbox.start();
      await sandbox.connect("public/bad");
      const started = await sandbox.waitForJournal("starts", 1).then(() => performance.now());
      const path = sandbox.path("daemons/probe");
      const warning = await sandbox.waitForRecord(/warning: process /);
      expect(warning.text).toBe(`process ${path} pid ${pidOf(sandbox, 0)} ${end}`);
      const throttled = await sandbox.waitForRecord(/throttling/);
      expect(throttled).toMatchObject({ severity: "warning" });
      expect(throttled.text).toContain(path);
      await sandbox.waitForJournal("starts", 3); // the client is still there
      const elapsed = performance.now() - started;
      expect(elapsed).toBeGreaterThan(1000); // two pauses of 1 s with a resolution of 1 s (MST-125)
      expect(sandbox.journal("starts")).toHaveLength(3);
    });
  }

  test("does not send wakeups while paused, and goes on with them later (MST-91, MST-101)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "3s", service_throttle_initial_time: "3s" },
    });
    const journal = sandbox.journalPath("starts");
    const marker = sandbox.journalPath("failures");
    sandbox.writeServices([
      `bad unix n - n 1 5 probe @fail-first=1:${marker} @triggers=${journal} @serve`,
    ]);
    await sandbox.start();
    const begun = performance.now();
    await sandbox.waitForRecord(/throttling/);
    await sandbox.waitForJournal("starts", 2);
    expect(performance.now() - begun).toBeGreaterThan(2000);
  });

  test("leaves children that run alone, and other services (MST-91)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["mixed unix n - n - 5 probe @quiet @serve", "calm unix n - n - 5 probe @serve"],
      settings: { service_throttle_time: "2s", service_throttle_initial_time: "2s" },
    });
    const running = await sandbox.start();
    using first = await sandbox.connect("public/mixed");
    const survivor = await first.pid();
    await first.ask("status 0");
    using second = await sandbox.connect("public/mixed");
    second.tell("exit 3");
    await sandbox.waitForRecord(/throttling/);
    using third = await sandbox.connect("public/mixed");
    using calm = await sandbox.connect("public/calm");
    await calm.pid();
    expect(await first.pid()).toBe(survivor);
    expect(running.children()).toHaveLength(2);
    await third.pid(); // after the pause
  });

  test("one completed request is enough not to be a bad start (MST-88)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 1 probe @quiet @serve"],
    });
    await sandbox.start();
    for (const [reports, throttles] of [
      [["status 0", "status 1"], 0],
      [["status 0"], 1],
    ] as const) {
      const client = await sandbox.connect("public/echo");
      for (const report of reports) await client.ask(report);
      client.tell("exit 1");
      await sandbox.waitForRecord(/exit status 1/, throttles + 1);
      await waitFor("its effect", () => sandbox.recordsOf(/throttling/).length === throttles);
    }
  });

  test("a missing program is reported with its path, and paused (MST-80)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["gone unix n - n - 5 gone"],
      settings: FIXED,
    });
    const running = await sandbox.start();
    await sandbox.connect("public/gone");
    const record = await sandbox.waitForRecord(/daemons\/gone.*([Nn]o such file|ENOENT)/);
    expect(record.severity).toMatch(/fatal|warning/);
    await sandbox.waitForRecord(/throttling/);
    expect(running.hasExited).toBe(false);
  });

  test("a program that appears during the pause is used after it (MST-80, MST-90)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["late unix n - n - 5 late"],
      settings: FIXED,
    });
    await sandbox.start();
    await sandbox.connect("public/late");
    await sandbox.waitForRecord(/throttling/);
    const note = sandbox.journalPath("note");
    sandbox.writeDaemon("late", `#!/bin/sh\necho $GENERATION >>${note}\nsleep 100\n`);
    await sandbox.waitForJournal("note", 1);
  });

  test("a program that may not be executed is paused too (MST-80)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [
        "plain unix n - n - 5 plain",
        "folder unix n - n - 5 folder/",
        "text unix n - n - 5 text",
      ],
      settings: FIXED,
    });
    sandbox.writeDaemon("plain", "#!/bin/sh\n", 0o644);
    sandbox.writeDaemon("text", "\u0001\u0002 not a program\n");
    const running = await sandbox.start();
    for (const name of ["plain", "folder", "text"]) await sandbox.connect(`public/${name}`);
    for (const name of ["plain", "folder", "text"]) {
      await sandbox.waitForRecord(new RegExp(`warning: .*daemons/${name}.*throttling`));
    }
    expect(running.hasExited).toBe(false);
  });

  test(differenceTitle(master, "first-throttle"), async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "5s" },
    });
    const journal = sandbox.journalPath("starts");
    sandbox.writeServices([`bad unix n - n - 5 probe @journal=${journal} @exit=9`]);
    await sandbox.start();
    const begun = performance.now();
    await sandbox.connect("public/bad");
    await sandbox.waitForJournal("starts", 2);
    const elapsed = performance.now() - begun;
    if (master.name === "postfix") expect(elapsed).toBeGreaterThan(3500);
    else expect(elapsed).toBeWithin(1000, 3500);
  });
});

onPfmaster("a throttle explains itself", (master) => {
  test("in one record: command line, how the child ended, its last words, when it tries again", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["bad unix n - n - 5 probe @stderr=first @stderr=cannot_open_the_map @exit=9"],
    });
    await sandbox.start();
    await sandbox.connect("public/bad");
    const { text, severity } = await sandbox.waitForRecord(/throttling/);
    expect(severity).toBe("warning");
    expect(text).toContain(`${sandbox.path("daemons/probe")}`);
    expect(text).toContain("-n bad -t unix -u @stderr=first @stderr=cannot_open_the_map @exit=9");
    expect(text).toMatch(/status 9/);
    expect(text).toContain("cannot_open_the_map");
    expect(text).toMatch(/\b2 ?s/);
    expect(sandbox.recordsOf(/throttling/)).toHaveLength(1);
  });

  test("names the signal and the core", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["bad unix n - n - 5 probe @signal=11"],
    });
    await sandbox.start();
    await sandbox.connect("public/bad");
    expect((await sandbox.waitForRecord(/throttling/)).text).toMatch(/signal 11|SIGSEGV/);
  });

  test("the pause doubles up to service_throttle_time and no further", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "3s", service_throttle_initial_time: "1s" },
    });
    sandbox.writeServices(["bad unix n - n - 5 probe @exit=9"]);
    await sandbox.start();
    await sandbox.connect("public/bad");
    await sandbox.waitForRecord(/throttling/, 4);
    const pauses = sandbox
      .recordsOf(/throttling/)
      .map(({ text }) => Number(/(\d+) ?s(?:ec|\b)/.exec(text)?.[1]));
    expect(pauses.slice(0, 4)).toEqual([1, 2, 3, 3]);
  });

  test("is never longer than service_throttle_time", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "1s" },
      services: ["bad unix n - n - 5 probe @exit=9"],
    });
    await sandbox.start();
    const begun = performance.now();
    await sandbox.connect("public/bad");
    await sandbox.waitForRecord(/throttling/, 2);
    expect(performance.now() - begun).toBeLessThan(1900);
  });

  test("a child that completes one request resets it", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "60s", service_throttle_initial_time: "1s" },
    });
    const failures = sandbox.journalPath("failures");
    sandbox.writeServices([`bad unix n - n - 5 probe @fail-first=2:${failures} @quiet @serve`]);
    await sandbox.start();
    const client = await sandbox.connect("public/bad");
    await client.ask("status 0"); // after pauses of 1 s and 2 s
    await client.ask("status 1");
    client.tell("exit 1"); // no bad start, but an end
    const next = await sandbox.connect("public/bad");
    next.tell("exit 1"); // a bad start again
    const third = await sandbox.waitForRecord(/throttling/, 3);
    expect(third.text).toMatch(/\b1 ?s/);
  });

  test("a reload keeps the pause, unless the entry changed", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { service_throttle_time: "60s", service_throttle_initial_time: "60s" },
    });
    const [kept, changed] = [sandbox.journalPath("kept"), sandbox.journalPath("changed")];
    const services = (extra: string) => [
      `kept unix n - n - 5 probe @journal=${kept} @exit=9`,
      `changed unix n - n - 5 probe ${extra} @journal=${changed} @exit=9`,
    ];
    sandbox.writeServices(services("@x"));
    const running = await sandbox.start();
    await sandbox.connect("public/kept");
    await sandbox.connect("public/changed");
    await sandbox.waitForRecord(/throttling/, 2);
    sandbox.writeServices(services("@y"));
    await sandbox.reload(running);
    await sandbox.waitForJournal("changed", 2);
    await neverHappens("a start during the pause", () => sandbox.journal("kept").length > 1);
  });
});

function pidOf(sandbox: Sandbox, index: number): number {
  return Number(sandbox.journal("starts")[index]?.split(" ")[0]);
}
