/** What this machine must have before a whole mail system can be tried on it. */

import { existsSync } from "node:fs";
import { join } from "node:path";

export const PFMASTER = join(import.meta.dir, "../../dist/pfmaster");
export const POSTFIX_DAEMONS = "/usr/lib/postfix/sbin";
export const POSTFIX_MASTER = join(POSTFIX_DAEMONS, "master");
export const DEBIAN_MASTER_CF = "/usr/share/postfix/master.cf.dist";

export function missingForPostfix(): string[] {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push("root (the mail system changes users)");
  for (const path of ["/usr/sbin/postfix", POSTFIX_MASTER, DEBIAN_MASTER_CF]) {
    if (!existsSync(path)) missing.push(`${path} (Debian package postfix)`);
  }
  return missing;
}

export function missingForPfmaster(): string[] {
  if (process.env["E2E_MASTER"] !== undefined) return [];
  return existsSync(PFMASTER) ? [] : ["dist/pfmaster (bun build.ts)"];
}

/** Says loudly what cannot be tried here; the result goes to `test.skipIf`. */
export function cannotRun(suite: string, missing: readonly string[]): boolean {
  if (missing.length === 0) return false;
  console.error(`NOT RUN: ${suite}: this machine lacks ${missing.join(", ")}`);
  return true;
}
