import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { release } from "node:os";

import { ProcessHandle } from "../../src/os/process-handle.ts";

/** The kernel tells since 6.15; where it does not, nothing is claimed. */
const [major = 0, minor = 0] = release().split(".").map(Number);
const kernelTells = major > 6 || (major === 6 && minor >= 15);

async function endOf(script: string): Promise<boolean> {
  const child = Bun.spawn(["/bin/sh", "-c", script], {
    stdio: ["ignore", "ignore", "ignore"],
    cwd: "/tmp",
  });
  using handle = new ProcessHandle(child.pid);
  await child.exited;
  return handle.dumpedCore();
}

test("a child that was killed by a signal without a core is not said to have left one", async () => {
  expect(await endOf("kill -9 $$")).toBe(false);
  expect(await endOf("exit 3")).toBe(false);
});

test("a core dump is seen after the runtime has collected the child", async () => {
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "latin1").trim();
  const dumps = pattern !== "";
  expect(await endOf("ulimit -c unlimited; kill -ABRT $$")).toBe(kernelTells && dumps);
});

test("a process that never was has no handle and no core", () => {
  using handle = new ProcessHandle(0x3fff_ffff);
  expect(handle.dumpedCore()).toBe(false);
});
