/**
 * Who holds a lock on a file, from the kernel's table. Unlike trying to lock, looking cannot make a
 * starting master fail, and it needs no permission on the file itself.
 */
import { readFileSync, statSync } from "node:fs";

import { throwSystemError } from "./system-error.ts";

/**
 * The pid of the process that holds a write lock of flock(2), or null. A holder in another pid
 * namespace is not shown, and a stacked file system may hide the file: null is no proof.
 */
export function findLockHolder(path: string): number | null {
  try {
    const { dev, ino } = statSync(path);
    return parseLockTable(readFileSync("/proc/locks", "latin1"), { dev, ino });
  } catch (error) {
    return throwSystemError(error, path);
  }
}

/** A line reads `1: FLOCK  ADVISORY  WRITE 7212 fe:01:12345 0 EOF`; `->` marks one that waits. */
export function parseLockTable(
  table: string,
  file: Readonly<{ dev: number; ino: number }>,
): number | null {
  const { major, minor } = splitDevice(file.dev);
  const id = `${twoHex(major)}:${twoHex(minor)}:${file.ino}`;
  for (const line of table.split("\n")) {
    const [, kind, , access, pid, place] = line.split(/\s+/);
    if (kind === "FLOCK" && access === "WRITE" && place === id) return Number(pid);
  }
  return null;
}

/** The encoding of dev_t: 12 + 20 bits, interleaved. */
function splitDevice(device: number): { major: number; minor: number } {
  const low = device % 2 ** 32;
  const high = Math.floor(device / 2 ** 32);
  return {
    major: ((low >>> 8) & 0xfff) | (high & 0xfffff000),
    minor: (low & 0xff) | ((low >>> 12) & 0xfff00),
  };
}

function twoHex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
