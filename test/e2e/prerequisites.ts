/** What this machine must have before a whole mail system can be tried on it. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";

import { PFMASTER, POSTFIX_MASTER } from "../support/masters.ts";

export const POSTFIX_DAEMONS = dirname(POSTFIX_MASTER.path);
export const DEBIAN_MASTER_CF = "/usr/share/postfix/master.cf.dist";

export function missingForPostfix(): string[] {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push("root (the mail system changes users)");
  for (const path of ["/usr/sbin/postfix", POSTFIX_MASTER.path, DEBIAN_MASTER_CF]) {
    if (!existsSync(path)) missing.push(`${path} (Debian package postfix)`);
  }
  return missing;
}

/** E2E_MASTER names another binary to try in pfmaster's place. */
export function masterUnderTest(): string {
  return process.env["E2E_MASTER"] ?? PFMASTER.path;
}

export function missingForPfmaster(): string[] {
  const path = masterUnderTest();
  return existsSync(path) ? [] : [`${path} (bun build.ts)`];
}

/** Says loudly what cannot be tried here; the result goes to `test.skipIf`. */
export function cannotRun(suite: string, missing: readonly string[]): boolean {
  if (missing.length === 0) return false;
  console.error(`NOT RUN: ${suite}: this machine lacks ${missing.join(", ")}`);
  return true;
}
