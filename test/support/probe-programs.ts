/** Compiles the probe programs once in a test run and removes them when it ends. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ProbePrograms = Readonly<{ probe: string; logCollector: string }>;

const run: { compiled?: Promise<ProbePrograms> } = {};

export function probePrograms(): Promise<ProbePrograms> {
  run.compiled ??= compileAll();
  return run.compiled;
}

async function compileAll(): Promise<ProbePrograms> {
  const folder = mkdtempSync(join(tmpdir(), "master-probes-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
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
