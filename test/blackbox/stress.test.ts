/**
 * Stress mode and the busy warning (MST-72 to MST-75). The children report "taken" when they start,
 * so that one waiting client fills all slots. Constants of 1000 s: with the clock set forward.
 */
import { expect, test } from "bun:test";

import { adjustableClock, CLOCK_VARIABLES } from "../support/clock.ts";
import { type Master, onEachMaster } from "../support/masters.ts";
import { isAlive } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";

onEachMaster("stress mode", (master) => {
  test("begins with the last slot: old children are asked to leave, new ones are told (MST-73, MST-74)", async () => {
    await using sandbox = await busySandbox(master, 2);
    const running = await sandbox.start();
    await sandbox.connect("public/p");
    const starts = await sandbox.waitForJournal("starts", 3);
    expect(starts.map((line) => line.split(" ")[2])).toEqual([
      "stress=",
      "stress=yes",
      "stress=yes",
    ]);
    const [first = 0] = starts.map((line) => Number(line.split(" ")[0]));
    await waitFor("the first child to leave", () => !isAlive(first));
    await running.waitForChildren(2);
    await neverHappens("another start", () => sandbox.journal("starts").length > 3);
  });

  test("warns once that the limit is reached, with name and limit (MST-75)", async () => {
    await using sandbox = await busySandbox(master, 2);
    await sandbox.start();
    await sandbox.connect("public/p");
    await sandbox.waitForJournal("starts", 3);
    const [warning] = [await sandbox.waitForRecord(/warning: .*limit/)];
    expect(warning?.text).toContain("public/p");
    expect(warning?.text).toMatch(/\b2\b/);
    const count = sandbox.recordsOf(/warning/).length;
    expect(count).toBe(3); // what happens, what to do, where to read
    process.kill(Number(sandbox.journal("starts")[2]?.split(" ")[0]), "SIGUSR1");
    await sandbox.waitForJournal("starts", 4);
    await neverHappens("a restart", () => sandbox.journal("starts").length > 4);
    expect(sandbox.recordsOf(/warning: .*process limit/)).toHaveLength(1);
  });

  test("does not exist for local services, a limit of 1, or none (MST-72, SVC-45)", async () => {
    await using sandbox = await Sandbox.create(master);
    const words = `probe @journal=${sandbox.journalPath("starts")} @status=0 @wait-eof`;
    sandbox.writeServices([
      `u unix n - n - 2 ${words}`,
      `p pass n - n - 1 ${words}`,
      `${sandbox.address}:2525 inet n - n - 2 ${words}`,
    ]);
    await sandbox.start();
    await Promise.all([
      sandbox.connect("public/u"),
      sandbox.connect("public/p"),
      sandbox.connectTcp(2525),
    ]);
    const starts = await sandbox.waitForJournal("starts", 5);
    expect(starts.map((line) => line.split(" ")[2])).toEqual(Array(5).fill("-"));
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  // FAKETIME: stress period and busy warning of 1000 s.
  test("ends when the last slot was not used for 1000 s: its next use begins it anew, with a warning (MST-73 to MST-75)", async () => {
    await using sandbox = await busySandbox(master, 2);
    const clock = adjustableClock(sandbox);
    await sandbox.start(clock.start);
    await sandbox.connect("public/p");
    const [, second = 0, third = 0] = (await sandbox.waitForJournal("starts", 3)).map((line) =>
      Number(line.split(" ")[0]),
    );
    await sandbox.waitForRecord(/warning: .*process limit/);
    clock.setForward(1100);
    process.kill(third, "SIGUSR1");
    // The free slot is the last one again: the other child is asked to leave as well, as at first.
    const more = await sandbox.waitForJournal("starts", 5);
    expect(more.slice(3).map((line) => line.split(" ")[2])).toEqual(["stress=yes", "stress=yes"]);
    await waitFor("the other child to leave", () => !isAlive(second));
    await sandbox.waitForRecord(/warning: .*process limit/, 2);
  });
});

async function busySandbox(master: Master, limit: number): Promise<Sandbox> {
  const sandbox = await Sandbox.create(master, {
    settings: {
      import_environment: `MAIL_CONFIG ${CLOCK_VARIABLES}`,
    },
  });
  sandbox.writeServices([
    `p pass n - n - ${limit} probe @leave-on-usr1 @journal=${sandbox.journalPath("starts")} @status=0 @wait-eof`,
  ]);
  return sandbox;
}
