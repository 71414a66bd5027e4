import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";

import { ProcessHandle } from "../../src/os/process-handle.ts";

/** The kernel tells since 6.15; where it does not, nothing is claimed. */
const [major = 0, minor = 0] = release().split(".").map(Number);
const kernelTells = major > 6 || (major === 6 && minor >= 15);

async function dumpsCore(script: string): Promise<boolean> {
  const cwd = mkdtempSync(join(tmpdir(), "process-handle-"));
  try {
    const stdio = ["ignore", "ignore", "ignore"] as const;
    const child = Bun.spawn(["/bin/sh", "-c", script], { stdio: [...stdio], cwd });
    using handle = new ProcessHandle(child.pid);
    await child.exited;
    return handle.dumpedCore();
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

test("a child that ends without a core is not said to have left one", async () => {
  expect(await dumpsCore("ulimit -c unlimited; kill -KILL $$")).toBe(false);
  expect(await dumpsCore("exit 3")).toBe(false);
});

test("a core dump is seen after the runtime has collected the child", async () => {
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "latin1").trim();
  const script = "ulimit -c unlimited; kill -ABRT $$";
  expect(await dumpsCore(script)).toBe(kernelTells && pattern !== "");
});

test("a process that never was has no handle and no core", () => {
  using handle = new ProcessHandle(0x3fff_ffff);
  expect(handle.dumpedCore()).toBe(false);
});
