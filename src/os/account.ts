/** The user, group and services databases of libc, whatever nsswitch.conf puts behind them. */
import { read } from "bun:ffi";

import { addressOf, cString, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

export type User = Readonly<{ name: string; uid: number; gid: number }>;
export type Group = Readonly<{ name: string; gid: number }>;

const ERANGE = 34;
const RECORD_BYTES = 64;
const FIRST_ROOM_BYTES = 4096;
/** Errors by which one or another database says "not there" (getpwnam(3)). */
const NOT_FOUND = [0, 1, 2, 3, 9];

/** What libc filled in: a record, and the room that the strings of the record lie in. */
type Found = Readonly<{ record: DataView; room: Uint8Array }>;
type Lookup = (record: Uint8Array, room: Uint8Array, result: BigUint64Array) => number;

export function userByName(name: string): User | null {
  const text = cString(name);
  return lookUp("getpwnam_r", readUser, (record, room, result) =>
    libc.getpwnam_r(text, record, room, room.length, result),
  );
}

export function userById(uid: number): User | null {
  return lookUp("getpwuid_r", readUser, (record, room, result) =>
    libc.getpwuid_r(uid, record, room, room.length, result),
  );
}

export function groupByName(name: string): Group | null {
  const text = cString(name);
  return lookUp("getgrnam_r", readGroup, (record, room, result) =>
    libc.getgrnam_r(text, record, room, room.length, result),
  );
}

export function groupById(gid: number): Group | null {
  return lookUp("getgrgid_r", readGroup, (record, room, result) =>
    libc.getgrgid_r(gid, record, room, room.length, result),
  );
}

/** TCP only. */
export function portByName(name: string): number | null {
  const entry = libc.getservbyname(cString(name), cString("tcp"));
  if (entry === null) return null;
  return (read.u8(entry, 16) << 8) | read.u8(entry, 17); // s_port is in network order
}

function lookUp<T>(syscall: string, readRecord: (found: Found) => T, call: Lookup): T | null {
  for (let bytes = FIRST_ROOM_BYTES; ; bytes *= 2) {
    const record = new Uint8Array(new ArrayBuffer(RECORD_BYTES));
    const room = new Uint8Array(new ArrayBuffer(bytes));
    const result = new BigUint64Array(1);
    const error = call(record, room, result);
    if (error === ERANGE) continue;
    if (result[0] !== 0n) return readRecord({ record: new DataView(record.buffer), room });
    if (NOT_FOUND.includes(error)) return null;
    throw new SystemError(syscall, error);
  }
}

/** struct passwd: name, password, uid at 16, gid at 20. The same in glibc and musl. */
function readUser({ record, room }: Found): User {
  return {
    name: readName({ record, room }),
    uid: record.getUint32(16, true),
    gid: record.getUint32(20, true),
  };
}

/** struct group: name, password, gid at 16. */
function readGroup({ record, room }: Found): Group {
  return { name: readName({ record, room }), gid: record.getUint32(16, true) };
}

/** The first field of either record points to its name, which lies in `room`. */
function readName({ record, room }: Found): string {
  const start = Number(record.getBigUint64(0, true) - addressOf(room));
  return Buffer.from(room.subarray(start, room.indexOf(0, start))).toString("utf8");
}
