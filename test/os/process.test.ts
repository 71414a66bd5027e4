import { describe, expect, test } from "bun:test";

import {
  isSessionLeader,
  openFileLimit,
  peekDeadChild,
  processGroup,
  reap,
  setOpenFileLimit,
  signalProcess,
} from "../../src/os/process.ts";
import { waitFor } from "../support/wait-for.ts";

const PROCESS = `${import.meta.dir}/../../src/os/process.ts`;

async function runInChild(program: string, ...prefix: string[]): Promise<string> {
  const child = Bun.spawn([...prefix, process.execPath, "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await child.stdout.text();
  await child.exited;
  return output.trim();
}

describe("processes", () => {
  test("a session is started by who leads a session already, or leads nothing (MST-11)", async () => {
    const program = `
      import { isSessionLeader, processGroup, startSession } from "${PROCESS}";
      startSession(); startSession();
      console.log(isSessionLeader(), processGroup() === process.pid);`;
    expect(await runInChild(program)).toBe("true true");
    expect(await runInChild(program, "setsid", "-w")).toBe("true true");
  });

  test("a mere process group leader cannot start a session (MST-11)", async () => {
    const program = `
      import { startSession } from "${PROCESS}";
      try { startSession(); console.log("started") } catch (error) { console.log(error.message) }`;
    const asLeader = ["perl", "-e", "setpgrp; exec @ARGV", "--"];
    expect(await runInChild(program, ...asLeader)).toBe("setsid: Operation not permitted");
    expect(isSessionLeader()).toBeBoolean();
    expect(processGroup()).toBeGreaterThan(0);
  });

  test("a signal for a process that is gone is no failure", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    expect(signalProcess(child.pid, "SIGTERM")).toBe(true);
    await child.exited;
    expect(child.signalCode).toBe("SIGTERM");
    expect(signalProcess(child.pid, "SIGTERM")).toBe(false);
  });

  test("the open-file limit of a running child is lowered, ours is not (design D3)", async () => {
    const before = openFileLimit();
    const child = Bun.spawn(
      ["perl", "-e", `<STDIN>; exec "/bin/sh", "-c", "ulimit -Sn; ulimit -Hn"`],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    setOpenFileLimit(child.pid, 77);
    expect(openFileLimit(child.pid)).toEqual({ soft: 77, hard: 77 });
    child.stdin.end();
    expect(await child.stdout.text()).toBe("77\n77\n");
    await child.exited;
    expect(openFileLimit()).toEqual(before);
    expect(() => setOpenFileLimit(child.pid, 78)).toThrow("prlimit");
  });

  test("a dead child of ours is seen, and left for the runtime to collect (design D2)", async () => {
    await waitFor("children of other tests to be collected", () => peekDeadChild() === null);
    const child = Bun.spawn(["true"]);
    const until = performance.now() + 5000;
    while (peekDeadChild() !== child.pid && performance.now() < until);
    expect(peekDeadChild()).toBe(child.pid);
    expect(await child.exited).toBe(0);
    expect(reap(child.pid)).toBe(null);
  });

  test("an orphan is adopted, seen and collected, with how it ended (design D2)", async () => {
    const program = `
      import { dlopen } from "bun:ffi";
      import { peekDeadChild, reap } from "${PROCESS}";
      const { symbols } = dlopen(null, { prctl: { args: ["i32", "u64"], returns: "i32" } });
      symbols.prctl(36, 1); // become the reaper of orphans, as pid 1 is
      const script = "sh -c 'exit 7' & sh -c 'kill -KILL $$' & exec true";
      const parent = Bun.spawn(["sh", "-c", script]);
      const endings = [];
      const until = performance.now() + 5000;
      while (endings.length < 2 && performance.now() < until) {
        await Bun.sleep(5);
        const pid = peekDeadChild();
        if (pid !== null && pid !== parent.pid) endings.push(reap(pid));
      }
      endings.sort((a, b) => Number(a.signal) - Number(b.signal));
      console.log(JSON.stringify([await parent.exited, peekDeadChild(), ...endings]));`;
    expect(
      JSON.parse(await runInChild(program.replace("dlopen(null", `dlopen("libc.so.6"`))),
    ).toEqual([
      0,
      null,
      { status: 7, signal: null, core: false },
      { status: null, signal: 9, core: false },
    ]);
  });

  test("without children there is nothing dead", async () => {
    await waitFor("children of other tests to be collected", () => peekDeadChild() === null);
  });
});
