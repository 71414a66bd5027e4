/** Configurations and input that a master refuses when it starts, and some that it must take. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

import { onEachMaster } from "../support/masters.ts";
import { processFacts } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { badConfigurations } from "./bad-configurations.ts";
import { differenceTitle } from "./differences.ts";

const GOOD = ["echo unix n - n - 5 probe @serve"];

onEachMaster("a start", (master) => {
  for (const { title, spoil, says, place } of badConfigurations) {
    test(`refuses ${title} with one fatal record and status 1`, async () => {
      await using sandbox = await Sandbox.create(master, { services: GOOD });
      await using stack = new AsyncDisposableStack();
      await spoil(sandbox, GOOD, stack);
      const environment = await sandbox.collectEarlyLog();
      const ended = await sandbox.run({ environment });
      expect(await ended.exit()).toEqual({ status: 1, signal: null });
      const fatal = sandbox.log().filter(({ severity }) => severity === "fatal");
      expect(fatal.map(({ text }) => text)).toHaveLength(1);
      expect(sandbox.logText()).toMatch(says); // the original explains some in a warning before
      if (master.name === "pfmaster") {
        expect(fatal[0]?.text).toMatch(says);
        if (place !== undefined) expect(fatal[0]?.text).toMatch(place);
      }
      expect(sandbox.recordsOf(/daemon started/)).toEqual([]);
    });
  }

  test("does not mind a reference to itself in a value that nobody evaluates (MCF-34)", async () => {
    await using sandbox = await Sandbox.create(master, { settings: { a: "$a" } });
    await sandbox.start();
  });

  test("reads lines of 10 MB in a moment (MCF-24)", async () => {
    await using sandbox = await Sandbox.create(master, { services: GOOD });
    const main = readFileSync(sandbox.path("etc/main.cf"), "utf8");
    const continued = `${" ".repeat(9)}y ${"z".repeat(88)}\n`.repeat(100_000);
    sandbox.writeConfiguration(
      "main.cf",
      `${main}one = ${"x".repeat(10_000_000)}\nmany =\n${continued}`,
    );
    const begun = performance.now();
    await sandbox.start();
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("cuts a line at a NUL byte (MCF-22)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices(["echo unix n - n - 5 probe @serve kept\0 lost"]);
    await sandbox.start({ environment: await sandbox.collectEarlyLog() });
    using client = await sandbox.connect("public/echo");
    expect(processFacts(await client.pid())?.arguments.at(-1)).toBe("kept");
    if (master.name === "pfmaster") {
      expect(sandbox.recordsOf(/warning: .*master\.cf.*(null|NUL)/i)).toHaveLength(1); // 3.9
    }
  });

  test("passes words in UTF-8 to the child as they are", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["échö unix n - n - 5 probe @serve { grüße an alle }"],
    });
    await sandbox.start();
    using client = await sandbox.connect("public/échö");
    expect(processFacts(await client.pid())?.arguments).toEqual([
      ...["probe", "-n", "échö", "-t", "unix", "-u"],
      ...["@serve", "grüße an alle"],
    ]);
  });

  test(differenceTitle(master, "words-not-utf-8"), async () => {
    await using sandbox = await Sandbox.create(master);
    const text = Buffer.from("echo unix n - n - 5 probe @serve \xff\xe9\xc3\n", "latin1");
    await Bun.write(sandbox.path("etc/master.cf"), text);
    if (master.name === "pfmaster") {
      const ended = await sandbox.run();
      expect(await ended.exit()).toEqual({ status: 1, signal: null });
      await sandbox.waitForRecord(/fatal: .*master\.cf:1:\d+: .*UTF-8/);
      return;
    }
    await sandbox.start();
    using client = await sandbox.connect("public/echo");
    const words = readFileSync(`/proc/${await client.pid()}/cmdline`, "latin1").split("\0");
    expect(words.at(-2)).toBe("\xff\xe9\xc3");
  });

  test("takes an empty master.cf and an empty line of words", async () => {
    await using sandbox = await Sandbox.create(master, { services: ["", "# nothing", "   "] });
    await sandbox.start();
  });
});
