/** The two masters that one suite runs against, and what the suite needs from this machine. */
import { afterAll, describe, setDefaultTimeout } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { removeProbePrograms } from "./probe-programs.ts";
import { reachableBinary } from "./reachable-binary.ts";

export type Master = Readonly<{ name: "postfix" | "pfmaster"; path: string }>;

export const POSTFIX_MASTER: Master = {
  name: "postfix",
  path: "/usr/lib/postfix/sbin/master",
};
export const PFMASTER: Master = {
  name: "pfmaster",
  path: reachableBinary(join(import.meta.dir, "../../dist/pfmaster")),
};

const TEST_TIMEOUT_MILLISECONDS = 60_000;

/** Define the same tests once for each master. A master that cannot run here is loud about it. */
export function onEachMaster(title: string, define: (master: Master) => void): void {
  for (const master of [POSTFIX_MASTER, PFMASTER]) onMasters(title, [master], () => define(master));
}

/** Tests of what only pfmaster promises. */
export function onPfmaster(title: string, define: (master: Master) => void): void {
  onMasters(title, [PFMASTER], () => define(PFMASTER));
}

/** Tests that need several masters on the machine. */
export function onMasters(title: string, masters: readonly Master[], define: () => void): void {
  setDefaultTimeout(TEST_TIMEOUT_MILLISECONDS);
  afterAll(removeProbePrograms);
  const name = `${title} [${masters.map((master) => master.name).join(", ")}]`;
  const missing = missingHere(masters);
  if (missing === null) {
    describe.concurrent(name, define);
    return;
  }
  console.error(`NOT RUN: ${name}: ${missing}`);
  describe.skip(name, define);
}

function missingHere(masters: readonly Master[]): string | null {
  if (process.getuid?.() !== 0) return "needs the superuser";
  const programs = ["gcc", "unshare", "setpriv"].filter((program) => Bun.which(program) === null);
  if (programs.length > 0) return `needs ${programs.join(", ")}`;
  // pfmaster's sandboxes use Postfix's user and group too.
  const files = [POSTFIX_MASTER, ...masters].map(({ path }) => path);
  const absent = files.filter((path) => !existsSync(path));
  return absent.length > 0 ? `${absent.join(", ")} is missing` : null;
}
