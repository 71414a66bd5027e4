/** The files that keep two masters apart. Whoever holds the lock is the master of the directory. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

import { closeFd } from "./descriptor.ts";
import { EAGAIN, lastErrno, libc } from "./libc.ts";
import { SystemError, throwSystemError } from "./system-error.ts";

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_MODE = 0o600;
/** Four times the size of an unsigned long, then a newline (MST-43). */
const PID_FIELD_COLUMNS = 32;
const OPEN_ATTEMPTS = 3;
const GROUP_OR_OTHERS_WRITE = 0o022;

/** What stands at the path is nothing to lock, or somebody else has locked it. */
export class LockError extends Error {
  override readonly name = "LockError";
  readonly held: boolean;

  constructor(path: string, reason: string, held = false) {
    super(`${path}: ${reason}`);
    this.held = held;
  }
}

/** Open or create, then lock, without waiting. The lock lasts as long as the descriptor is open. */
export function openLockFile(path: string): number {
  const fd = openOrCreate(path);
  try {
    requireSafe(path, fd);
    if (!lock(fd, LOCK_EX)) {
      throw new LockError(path, "unable to set an exclusive lock: another process holds it", true);
    }
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** The rest of an older, longer file stays: readers take the first line (MST-43). */
export function writePid(fd: number, pid: number): void {
  const line = `${String(pid).padStart(PID_FIELD_COLUMNS)}\n`;
  try {
    writeSync(fd, line, 0);
  } catch (error) {
    throwSystemError(error);
  }
}

/** Never writes or creates, and needs no more than the permission to read. */
export function lockIsHeld(path: string): "missing" | "free" | "held" | { error: Error } {
  try {
    const fd = openExisting(path, constants.O_RDONLY);
    if (fd === null) return "missing";
    try {
      requireSafe(path, fd);
      // shared: two who ask at the same moment do not take each other for a master
      return lock(fd, LOCK_SH) ? "free" : "held";
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof LockError || error instanceof SystemError) return { error };
    throw error;
  }
}

/** A file that comes or goes between two steps is looked at again. */
function openOrCreate(path: string): number {
  const create = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
    const fd = openExisting(path, constants.O_RDWR) ?? openUnless("EEXIST", path, create);
    if (fd !== null) return fd;
  }
  throw new LockError(path, "file is a symbolic link to nothing, or keeps coming and going");
}

function openExisting(path: string, flags: number): number | null {
  return openUnless("ENOENT", path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
}

function openUnless(code: string, path: string, flags: number): number | null {
  try {
    return openSync(path, flags, LOCK_MODE);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return null;
    return throwSystemError(error, path);
  }
}

/** Opened first, judged afterwards: what was judged is what is locked (MST-40). */
function requireSafe(path: string, fd: number): void {
  const opened = fstatSync(fd);
  const named = lstatSync(path, { throwIfNoEntry: false });
  if (named === undefined) throw new LockError(path, "file was removed while it was opened");
  if (!opened.isFile()) throw new LockError(path, "expected a regular file");
  if (opened.nlink !== 1) throw new LockError(path, `file has ${opened.nlink} hard links`);
  if (named.isSymbolicLink()) return requireTrustedLink(path, named);
  if (named.dev !== opened.dev || named.ino !== opened.ino) {
    throw new LockError(path, "file was replaced while it was opened");
  }
}

/** Root's own link in a directory that only root can change. */
function requireTrustedLink(path: string, link: Stats): void {
  const directory = lstatSync(dirname(path));
  const trusted =
    link.uid === 0 && directory.uid === 0 && (directory.mode & GROUP_OR_OTHERS_WRITE) === 0;
  if (!trusted) throw new LockError(path, "file is a symbolic link");
}

/** False when somebody else holds it. */
function lock(fd: number, kind: number): boolean {
  if (libc.flock(fd, kind | LOCK_NB) === 0) return true;
  const errno = lastErrno();
  if (errno === EAGAIN) return false;
  throw new SystemError("flock", errno);
}
