/** Processes seen from outside: session, signals, limits, and children that are not the runtime's. */
import { constants } from "node:os";

import { checked, lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** How an adopted child or an orphan ended, as waitpid(2) tells it. */
export type Ending = Readonly<{ status: number | null; signal: number | null; core: boolean }>;
/** Infinity is "no limit". */
export type Limit = Readonly<{ soft: number; hard: number }>;

const ESRCH = 3;
const RLIMIT_NOFILE = 7;
const NO_LIMIT = 0xffff_ffff_ffff_ffffn;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
const SIGINFO_BYTES = 128;
const SIGINFO_PID_OFFSET = 16; // after signo, errno, code and padding on 64-bit machines

/** A process that leads its session already has what it wants; others fail if they lead a group. */
export function startSession(): void {
  if (!isSessionLeader()) checked("setsid", libc.setsid());
}

export function isSessionLeader(): boolean {
  return checked("getsid", libc.getsid(0)) === process.pid;
}

export function processGroup(): number {
  return libc.getpgrp();
}

/** A negative pid is a process group. False when there is no such process (any more). */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  if (libc.kill(pid, constants.signals[signal]) === 0) return true;
  const errno = lastErrno();
  if (errno === ESRCH) return false;
  throw new SystemError("kill", errno, `${pid}`);
}

/** The kernel ends this process in so many seconds, whatever it is doing then. Not process 1. */
export function killMeAfter(seconds: number): void {
  libc.alarm(seconds);
}

/** Soft and hard limit of another process, at once (prlimit(2)). */
export function setOpenFileLimit(pid: number, limit: number): void {
  const wanted = new BigUint64Array([BigInt(limit), BigInt(limit)]);
  checked("prlimit", libc.prlimit(pid, RLIMIT_NOFILE, wanted, null), `${pid}`);
}

/** Pid 0 is this process. */
export function openFileLimit(pid = 0): Limit {
  const found = new BigUint64Array(2);
  checked("prlimit", libc.prlimit(pid, RLIMIT_NOFILE, null, found), `${pid}`);
  return { soft: limitNumber(found[0]), hard: limitNumber(found[1]) };
}

/**
 * The pid of some dead child, left for `reap` or for the runtime to collect; null when none is
 * dead. The same pid comes again until somebody collects it.
 */
export function peekDeadChild(): number | null {
  const info = new Uint8Array(SIGINFO_BYTES);
  const result = libc.waitid(P_ALL, 0, info, WNOHANG | WEXITED | WNOWAIT);
  if (result === -1) return null; // ECHILD: no children at all
  const pid = new DataView(info.buffer).getInt32(SIGINFO_PID_OFFSET, true);
  return pid === 0 ? null : pid;
}

/** Collect one child that the runtime does not know; null while it is alive or is not ours. */
export function reap(pid: number): Ending | null {
  const status = new Int32Array(1);
  if (libc.waitpid(pid, status, WNOHANG) !== pid) return null;
  const word = status[0] ?? 0;
  const signal = word & 0x7f;
  if (signal === 0) return { status: (word >> 8) & 0xff, signal: null, core: false };
  return { status: null, signal, core: (word & 0x80) !== 0 };
}

function limitNumber(value: bigint | undefined): number {
  return value === undefined || value === NO_LIMIT ? Infinity : Number(value);
}
