/** Compiles the probe programs once for the tests of a file, or a benchmark, and removes them again. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ProbePrograms = Readonly<{ probe: string; logCollector: string }>;

const cache: { folder?: string; compiled?: Promise<ProbePrograms> } = {};
process.on("exit", removeProbePrograms); // the test runner does not call this

export function probePrograms(): Promise<ProbePrograms> {
  cache.compiled ??= compileAll();
  return cache.compiled;
}

export function removeProbePrograms(): void {
  if (cache.folder !== undefined) rmSync(cache.folder, { recursive: true, force: true });
  delete cache.folder;
  delete cache.compiled;
}

async function compileAll(): Promise<ProbePrograms> {
  const folder = mkdtempSync(join(tmpdir(), "master-probes-"));
  cache.folder = folder;
  chmodSync(folder, 0o755); // children of an ordinary user run them too
  const [probe, logCollector] = await Promise.all([
    compile("probe", folder),
    compile("log-collector", folder),
  ]);
  return { probe, logCollector };
}

async function compile(name: string, folder: string): Promise<string> {
  const program = join(folder, name);
  const source = join(import.meta.dir, `${name}.c`);
  const gcc = Bun.spawn(["gcc", "-O1", "-o", program, source], { stderr: "pipe" });
  if ((await gcc.exited) !== 0) {
    throw new Error(`cannot compile ${source}: ${await gcc.stderr.text()}`);
  }
  return program;
}
