/** The installed postconf(1), asked about a main.cf of ours. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import type { Host } from "../../src/config/host.ts";
import { host } from "./service-samples.ts";

const POSTCONF = Bun.which("postconf");

/** `refused`: it ended with an error. A refusal takes it a second, so let many run at once. */
export type Answer = Readonly<{ refused: boolean; lines: readonly string[]; errors: string }>;

export const postconfHost: Host = {
  ...host,
  hostName: hostname(),
  processName: "postconf",
  daemonDirectory: { path: "/usr/lib/postfix/sbin", rule: "that of the package" },
};

export function withoutPostconf(): boolean {
  if (POSTCONF !== null) return false;
  console.error("NOT RUN: comparison with postconf: needs the package postfix");
  return true;
}

export async function askPostconf(
  files: Readonly<{ mainCf: string; masterCf?: string }>,
  words: readonly string[],
): Promise<Answer> {
  const directory = mkdtempSync(join(tmpdir(), "pfmaster-postconf-"));
  try {
    writeOld(join(directory, "main.cf"), files.mainCf);
    writeOld(join(directory, "master.cf"), files.masterCf ?? "");
    const { exitCode, stdout, stderr } = await run([POSTCONF ?? "", "-c", directory, ...words]);
    return { refused: exitCode !== 0, lines: stdout.split("\n").slice(0, -1), errors: stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** postconf waits for a file that was just written to be left alone (MCF-12). */
function writeOld(path: string, text: string): void {
  writeFileSync(path, text, "latin1");
  utimesSync(path, new Date(1e12), new Date(1e12));
}

async function run(words: readonly string[]) {
  const child = Bun.spawn([...words], { stdout: "pipe", stderr: "pipe", env: { LC_ALL: "C" } });
  const [out, errors] = await Promise.all([child.stdout.bytes(), child.stderr.bytes()]);
  return {
    exitCode: await child.exited,
    stdout: Buffer.from(out).toString("latin1"),
    stderr: Buffer.from(errors).toString("latin1"),
  };
}

/** Do it for each, a few at a time, and keep the order. */
export async function forEach<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const next = items.entries();
  const worker = async () => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
