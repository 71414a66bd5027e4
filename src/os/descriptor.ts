/** File descriptors as plain numbers: copy, flag, pair, close. Knows no socket addresses. */
import { constants, openSync, readdirSync, readlinkSync } from "node:fs";

import { checked, libc } from "./libc.ts";
import { throwSystemError } from "./system-error.ts";

const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const AF_UNIX = 1;
const SOCK_CLOEXEC = 0o2000000;
const TYPES = { datagram: 2, seqpacket: 5 } as const;

export function closeFd(fd: number): void {
  checked("close", libc.close(fd));
}

/** A copy that is close-on-exec, with a number of at least `minimum`. */
export function duplicate(fd: number, minimum = 0): number {
  return checked("fcntl", libc.fcntl(fd, F_DUPFD_CLOEXEC, minimum));
}

/** The flag belongs to the open file description: whoever shares it is affected too. */
export function setNonBlocking(fd: number, on: boolean): void {
  const flags = checked("fcntl", libc.fcntl(fd, F_GETFL, 0));
  const wanted = on ? flags | constants.O_NONBLOCK : flags & ~constants.O_NONBLOCK;
  if (wanted !== flags) checked("fcntl", libc.fcntl(fd, F_SETFL, wanted));
}

export function setCloseOnExec(fd: number, on: boolean): void {
  const flags = checked("fcntl", libc.fcntl(fd, F_GETFD, 0));
  checked("fcntl", libc.fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC));
}

/** Point a standard descriptor at /dev/null, read-write and inheritable (MST-10). */
export function openNullOn(fd: number): void {
  const opened = openFile("/dev/null", constants.O_RDWR);
  if (opened === fd) return setCloseOnExec(fd, false);
  checked("dup2", libc.dup2(opened, fd));
  closeFd(opened);
}

/** What was open there is closed for us, and nothing else gets its number. */
export function occupyWithInput(fd: number): void {
  checked("dup2", libc.dup2(0, fd));
  setCloseOnExec(fd, true);
}

/** Both ends close-on-exec and blocking. */
export function socketPair(type: "seqpacket" | "datagram"): [number, number] {
  const fds = new Int32Array(2);
  checked("socketpair", libc.socketpair(AF_UNIX, TYPES[type] | SOCK_CLOEXEC, 0, fds));
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** [read end, write end], both close-on-exec. */
export function makePipe({ nonBlocking }: { nonBlocking: boolean }): [number, number] {
  const fds = new Int32Array(2);
  const flags = constants.O_NONBLOCK * Number(nonBlocking);
  checked("pipe2", libc.pipe2(fds, SOCK_CLOEXEC | flags));
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/**
 * Close what a careless parent left open (MST-05). The runtime has opened its event loop before
 * us and nothing tells those descriptors from inherited ones but what they are: so anonymous
 * inodes and the executable stay, close-on-exec. Must run before we open anything ourselves.
 */
export function closeInheritedDescriptors(except: readonly number[] = []): void {
  const executable = readLink("/proc/self/exe");
  for (const name of listDirectory("/proc/self/fd")) {
    const fd = Number(name);
    if (fd < 3 || except.includes(fd)) continue;
    const target = readLink(`/proc/self/fd/${fd}`);
    if (target === null) continue;
    if (target.startsWith("anon_inode:") || target === executable) setCloseOnExec(fd, true);
    else closeFd(fd);
  }
}

/** Null when it is gone, as the descriptor that listed the directory is by now. */
function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    return throwSystemError(error, path);
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    return throwSystemError(error, path);
  }
}

/** open(2), close-on-exec as the runtime opens everything. */
export function openFile(path: string, flags: number, mode = 0): number {
  try {
    return openSync(path, flags, mode);
  } catch (error) {
    return throwSystemError(error, path);
  }
}
