/** The built binary where every user can run it: a checkout below /root is closed to all others. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const OTHERS_MAY_ENTER = 0o001;
const OTHERS_MAY_WRITE = 0o022;

/**
 * The path itself where that will do, else that of a copy. There is one copy for each user and checkout,
 * made again when the binary changed: the test runner has no moment at which to remove it.
 */
export function reachableBinary(path: string): string {
  if (!existsSync(path) || ancestors(path).every(isOpen)) return path;
  const uid = process.getuid?.() ?? 0;
  const checkout = Bun.hash(dirname(path)).toString(36);
  const directory = join(tmpdir(), `pfmaster-tested-${uid}-${checkout}`);
  mkdirSync(directory, { recursive: true });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & OTHERS_MAY_WRITE) !== 0) {
    throw new Error(`${directory}: expected a directory of ours that nobody else may write to`);
  }
  chmodSync(directory, 0o755);
  return copyUnlessThere(path, join(directory, basename(path)));
}

function copyUnlessThere(from: string, to: string): string {
  const { atimeMs, mtimeMs, size } = statSync(from);
  const there = statSync(to, { throwIfNoEntry: false });
  if (there?.size === size && Math.abs(there.mtimeMs - mtimeMs) < 1) return to;
  const unfinished = `${to}.${process.pid}`;
  copyFileSync(from, unfinished);
  utimesSync(unfinished, atimeMs / 1000, mtimeMs / 1000);
  renameSync(unfinished, to);
  return to;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}

function isOpen(directory: string): boolean {
  return (statSync(directory).mode & OTHERS_MAY_ENTER) !== 0;
}
