/** The user, group and services databases of libc, whatever nsswitch.conf puts behind them. */
import { CString, type Pointer, ptr, read } from "bun:ffi";

import { cString, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

export type User = Readonly<{ name: string; uid: number; gid: number }>;
export type Group = Readonly<{ name: string; gid: number }>;

const ERANGE = 34;
const RECORD_BYTES = 64;
const FIRST_ROOM_BYTES = 4096;
/** Errors by which one or another database says "not there" (getpwnam(3)). */
const NOT_FOUND = [0, 1, 2, 3, 9];

type Lookup = (record: Uint8Array, room: Uint8Array, found: BigUint64Array) => number;

export function userByName(name: string): User | null {
  const text = cString(name);
  return lookUp("getpwnam_r", readUser, (record, room, found) =>
    libc.getpwnam_r(text, record, room, room.length, found),
  );
}

export function userById(uid: number): User | null {
  return lookUp("getpwuid_r", readUser, (record, room, found) =>
    libc.getpwuid_r(uid, record, room, room.length, found),
  );
}

export function groupByName(name: string): Group | null {
  const text = cString(name);
  return lookUp("getgrnam_r", readGroup, (record, room, found) =>
    libc.getgrnam_r(text, record, room, room.length, found),
  );
}

export function groupById(gid: number): Group | null {
  return lookUp("getgrgid_r", readGroup, (record, room, found) =>
    libc.getgrgid_r(gid, record, room, room.length, found),
  );
}

/** TCP only. */
export function portByName(name: string): number | null {
  const entry = libc.getservbyname(cString(name), cString("tcp"));
  if (entry === null) return null;
  return (read.u8(entry, 16) << 8) | read.u8(entry, 17); // s_port is in network order
}

/** The record's strings lie in `room`: both must live until they are read. */
function lookUp<T>(syscall: string, readRecord: (at: Pointer) => T, call: Lookup): T | null {
  for (let bytes = FIRST_ROOM_BYTES; ; bytes *= 2) {
    const record = new Uint8Array(RECORD_BYTES);
    const room = new Uint8Array(bytes);
    const found = new BigUint64Array(1);
    const error = call(record, room, found);
    if (error === ERANGE) continue;
    if (found[0] !== 0n) return readRecord(ptr(record));
    if (NOT_FOUND.includes(error)) return null;
    throw new SystemError(syscall, error);
  }
}

/** struct passwd: name, password, uid at 16, gid at 20. The same in glibc and musl. */
function readUser(at: Pointer): User {
  return { name: stringAt(at), uid: read.u32(at, 16), gid: read.u32(at, 20) };
}

/** struct group: name, password, gid at 16. */
function readGroup(at: Pointer): Group {
  return { name: stringAt(at), gid: read.u32(at, 16) };
}

/** The first field of either record is a pointer to its name. */
function stringAt(at: Pointer): string {
  return new CString(read.ptr(at) as Pointer).toString();
}
