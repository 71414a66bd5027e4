/** The only dlopen. Callers pass plain numbers and buffers; `checked` turns -1 into a SystemError. */
import { dlopen, ptr, read } from "bun:ffi";

import { SystemError } from "./system-error.ts";

/** Compiling all of these takes 0.3 ms, as long as compiling one: no reason to split. */
const symbols = {
  __errno_location: { args: [], returns: "ptr" },
  _exit: { args: ["i32"], returns: "void" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  alarm: { args: ["u32"], returns: "u32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  chroot: { args: ["ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  dup2: { args: ["i32", "i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i64"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  freeifaddrs: { args: ["ptr"], returns: "void" },
  getauxval: { args: ["u64"], returns: "u64" },
  getgrgid_r: { args: ["u32", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  getgrnam_r: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  getifaddrs: { args: ["ptr"], returns: "i32" },
  getpgrp: { args: [], returns: "i32" },
  getpwnam_r: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  getpwuid_r: { args: ["u32", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  getservbyname: { args: ["ptr", "ptr"], returns: "ptr" },
  getsid: { args: ["i32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  if_nametoindex: { args: ["ptr"], returns: "u32" },
  inet_ntop: { args: ["i32", "ptr", "ptr", "u32"], returns: "ptr" },
  inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  initgroups: { args: ["ptr", "u32"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  isatty: { args: ["i32"], returns: "i32" },
  kill: { args: ["i32", "i32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  mkfifo: { args: ["ptr", "u32"], returns: "i32" },
  open: { args: ["ptr", "i32", "u32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
  prlimit: { args: ["i32", "i32", "ptr", "ptr"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
  setsid: { args: [], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  syscall: { args: ["i64", "i64", "i64"], returns: "i32" },
  waitid: { args: ["i32", "i32", "ptr", "i32"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
  strerror: { args: ["i32"], returns: "cstring" },
  write: { args: ["i32", "ptr", "u64"], returns: "i32" },
} as const;

export const libc = openLibc();

/** musl's loader answers to "libc.so.6" as well; its own name is for loaders that do not. */
function openLibc() {
  try {
    return dlopen("libc.so.6", symbols).symbols;
  } catch {
    const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
    return dlopen(`libc.musl-${machine}.so.1`, symbols).symbols;
  }
}

/** errno belongs to the last C call: nothing may run between that call and this one. */
export function checked(syscall: string, result: number, subject = ""): number {
  if (result !== -1) return result;
  throw new SystemError(syscall, lastErrno(), subject);
}

export function lastErrno(): number {
  const address = libc.__errno_location();
  if (address === null) throw new Error("__errno_location returned null");
  return read.i32(address);
}

/** A C string. Hold on to the result for as long as C may look at it. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, "utf8");
}

/** The address of a buffer, for a struct that points at it. Keep the buffer alive until the call. */
export function addressOf(buffer: Uint8Array): bigint {
  return BigInt(ptr(buffer));
}

export const EAGAIN = 11;
export const EINTR = 4;
