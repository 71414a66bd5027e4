/** Host names and the addresses of this machine. No look-up blocks the main thread. */
import { CString, type Pointer, read, toArrayBuffer } from "bun:ffi";

import { closeFd } from "./descriptor.ts";
import { checked, cString, lastErrno, libc } from "./libc.ts";
import { addressText, AF_INET, AF_INET6 } from "./socket-address.ts";
import { SystemError } from "./system-error.ts";

export type Family = "ipv4" | "ipv6";

const IFF_UP = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const EAFNOSUPPORT = 97;
const LINK_LOCAL = /^fe[89ab]/;

/** The name has no address, or nobody could be asked. */
export class ResolveError extends Error {
  override readonly name = "ResolveError";
  /** As the resolver says it, such as "ENOTFOUND". */
  readonly code: string;

  constructor(host: string, code: string) {
    super(`${host}: host not found (${code})`);
    this.code = code;
  }
}

/** All addresses of all families; a numeric address is its own answer. */
export async function resolveHost(name: string): Promise<string[]> {
  if (isNumeric(name)) return [name];
  try {
    // getaddrinfo(3) on a thread: nsswitch.conf and /etc/hosts count
    const found = await Bun.dns.lookup(name, { backend: "getaddrinfo", socketType: "tcp" });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new ResolveError(name, String(error.code).replace(/^DNS_/, ""));
  }
}

/** An IPv6 address may name its interface. */
function isNumeric(name: string): boolean {
  const [address = "", zone] = name.split("%");
  const parses = (family: number) =>
    libc.inet_pton(family, cString(address), new Uint8Array(16)) === 1;
  return zone === undefined ? parses(AF_INET) || parses(AF_INET6) : parses(AF_INET6);
}

/** Of every interface that is up; IPv6 link-local ones as `address%interface`. */
export function interfaceAddresses(): string[] {
  const head = new BigUint64Array(1);
  checked("getifaddrs", libc.getifaddrs(head));
  const first = Number(head[0]) as Pointer;
  try {
    return [...new Set(listAddresses(first))];
  } finally {
    libc.freeifaddrs(first);
  }
}

/** struct ifaddrs: next, name, flags at 16, address at 24. The same in glibc and musl. */
function listAddresses(first: Pointer): string[] {
  const addresses: string[] = [];
  for (let entry = first; Number(entry) !== 0; entry = read.ptr(entry) as Pointer) {
    const isUp = (read.u32(entry, 16) & IFF_UP) !== 0;
    const socketAddress = read.ptr(entry, 24) as Pointer;
    if (!isUp || Number(socketAddress) === 0) continue;
    const text = readAddress(socketAddress, read.ptr(entry, 8) as Pointer);
    if (text !== null) addresses.push(text);
  }
  return addresses;
}

function readAddress(at: Pointer, interfaceName: Pointer): string | null {
  const family = read.u16(at);
  if (family === AF_INET) return addressText(new Uint8Array(toArrayBuffer(at, 4, 4)));
  if (family !== AF_INET6) return null;
  const text = addressText(new Uint8Array(toArrayBuffer(at, 8, 16)));
  return LINK_LOCAL.test(text) ? `${text}%${new CString(interfaceName)}` : text;
}

/** Families for which the kernel makes a socket (MCF-68). */
export function supportedFamilies(): Family[] {
  const families: Family[] = [];
  if (makesSocket(AF_INET)) families.push("ipv4");
  if (makesSocket(AF_INET6)) families.push("ipv6");
  return families;
}

function makesSocket(family: number): boolean {
  const fd = libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    closeFd(fd);
    return true;
  }
  const errno = lastErrno();
  if (errno === EAFNOSUPPORT) return false;
  throw new SystemError("socket", errno);
}
