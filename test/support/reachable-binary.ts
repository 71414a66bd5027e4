/** The built binary where every user can run it: a checkout below /root is closed to all others. */
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Shared by all test files of one run. */
const VARIABLE = "PFMASTER_REACHABLE_BINARY";
const OTHERS_MAY_ENTER = 0o001;

/** The path itself where that will do, else that of a copy that lasts as long as this process. */
export function reachableBinary(path: string): string {
  if (!existsSync(path) || ancestors(path).every(isOpen)) return path;
  const known = process.env[VARIABLE];
  if (known !== undefined) return known;
  const directory = mkdtempSync(join(tmpdir(), "pfmaster-binary-"));
  chmodSync(directory, 0o755);
  const copy = join(directory, basename(path));
  copyFileSync(path, copy);
  process.env[VARIABLE] = copy;
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return copy;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}

function isOpen(directory: string): boolean {
  return (statSync(directory).mode & OTHERS_MAY_ENTER) !== 0;
}
