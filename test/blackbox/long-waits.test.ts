/** Constants above 10 s that can be shown under faketime; what cannot is listed in long-constants.ts. */
import { expect, test } from "bun:test";

import { adjustableClock, CLOCK_VARIABLES, fastClock } from "../support/clock.ts";
import { onEachMaster, onMasters, POSTFIX_MASTER } from "../support/masters.ts";
import { Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { LONG_CONSTANTS } from "./long-constants.ts";

const SETTINGS = { import_environment: `MAIL_CONFIG ${CLOCK_VARIABLES}` };

onEachMaster("long waits", (master) => {
  test("a trigger that nobody takes is given up after 101 s, with a warning (MST-108)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: SETTINGS,
      services: ["deaf unix n - n 1000 1 probe @forever", "echo unix n - n - 5 probe @serve"],
    });
    const clock = adjustableClock(sandbox);
    const running = await sandbox.start(clock.start);
    await running.waitForChildren(1);
    clock.setForward(90);
    using first = await sandbox.connect("public/echo"); // wakes the loop
    await first.pid();
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
    clock.setForward(110);
    const warning = await waitFor("the warning", async () => {
      using client = await sandbox.connect("public/echo");
      await client.pid();
      return sandbox.recordsOf(/warning: .*timeout/)[0];
    });
    expect(warning.text).toContain("public/deaf");
  });
});

// pfmaster's wait is one system call that the library does not reach (long-constants.ts).
onMasters("long waits", [POSTFIX_MASTER], () => {
  test("-w gives up after 100 s and kills what it has started (MST-135)", async () => {
    await using sandbox = await Sandbox.create(POSTFIX_MASTER, {
      settings: { ...SETTINGS, debugger_command: "sleep 1000" },
    });
    const monitor = await sandbox.run({ ...fastClock(50).start, options: ["-w", "-D"] });
    expect(await monitor.exit()).toEqual({ status: 1, signal: null });
    const tested = await sandbox.run({ options: ["-t"] });
    expect(await tested.exit()).toEqual({ status: 0, signal: null });
  });
});

for (const { constant, shownBy } of LONG_CONSTANTS) {
  test(`${constant} is shown by ${shownBy}`, async () => {
    expect(await Bun.file(`${import.meta.dir}/../../${shownBy}`).exists()).toBe(true);
  });
}
