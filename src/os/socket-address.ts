/** The kernel's form of a socket address, and back to text. Knows no sockets. */
import { cString, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

const EINVAL = 22;
const ENAMETOOLONG = 36;
const ENODEV = 19;
/** Size of sun_path with its terminator (SVC-36). */
const PATH_BYTES = 108;

export type SocketAddress = Readonly<{ family: number; bytes: Uint8Array }>;

export function unixAddress(path: string): SocketAddress {
  const text = Buffer.from(path, "utf8");
  if (text.length >= PATH_BYTES) throw new SystemError("bind", ENAMETOOLONG, path);
  const bytes = new Uint8Array(2 + PATH_BYTES);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return { family: AF_UNIX, bytes };
}

/** A numeric address; IPv6 link-local ones may end in `%interface`. */
export function inetAddress(address: string, port: number): SocketAddress {
  return address.includes(":") ? inet6Address(address, port) : inet4Address(address, port);
}

function inet4Address(address: string, port: number): SocketAddress {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port, false);
  parseInto(AF_INET, address, bytes.subarray(4, 8));
  return { family: AF_INET, bytes };
}

function inet6Address(address: string, port: number): SocketAddress {
  const [host = "", scope = ""] = address.split("%", 2);
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, true);
  view.setUint16(2, port, false);
  parseInto(AF_INET6, host, bytes.subarray(8, 24));
  if (scope !== "") view.setUint32(24, interfaceIndex(scope), true);
  return { family: AF_INET6, bytes };
}

function parseInto(family: number, address: string, target: Uint8Array): void {
  const parsed = new Uint8Array(16);
  if (libc.inet_pton(family, cString(address), parsed) !== 1) {
    throw new SystemError("inet_pton", EINVAL, address);
  }
  target.set(parsed.subarray(0, target.length));
}

function interfaceIndex(scope: string): number {
  const index = /^\d+$/.test(scope) ? Number(scope) : libc.if_nametoindex(cString(scope));
  if (index === 0) throw new SystemError("if_nametoindex", ENODEV, scope);
  return index;
}

/** `bytes` is the bare address: 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  const text = new Uint8Array(64);
  const family = bytes.length === 4 ? AF_INET : AF_INET6;
  if (libc.inet_ntop(family, bytes, text, text.length) === null) {
    throw new Error(`inet_ntop refused ${bytes.length} bytes`);
  }
  return Buffer.from(text.subarray(0, text.indexOf(0))).toString("latin1");
}
