/**
 * Numeric internet addresses: every spelling that the resolver takes as a number, brought into the
 * one form that the kernel prints. Must not know of names or services.
 */
import type { Family } from "./host.ts";

export type InternetAddress = Readonly<{ family: Family; bytes: readonly number[]; text: string }>;

/** Null for a name, which has to be looked up. */
export function parseAddress(text: string): InternetAddress | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** IPv4 before IPv6, then by value (SVC-19). */
export function compareAddresses(left: InternetAddress, right: InternetAddress): number {
  if (left.family !== right.family) return left.family === "ipv4" ? -1 : 1;
  for (const [index, byte] of left.bytes.entries()) {
    const difference = byte - (right.bytes[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isLoopback({ family, bytes, text }: InternetAddress): boolean {
  return family === "ipv4" ? bytes[0] === 127 : text === "::1";
}

/** An IPv4 address in IPv6 clothes, which an IPv6-only socket refuses; null for all others. */
export function mappedIpv4({ family, bytes }: InternetAddress): string | null {
  const mapped =
    family === "ipv6" &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return mapped ? bytes.slice(12).join(".") : null;
}

/** One to four parts, each decimal, octal (0…) or hexadecimal (0x…); the last one fills what is left. */
function parseIpv4(text: string): InternetAddress | null {
  const parts = text.split(".").map(parseIpv4Part);
  const last = parts.pop();
  if (last === undefined || last === null || parts.length > 3) return null;
  if (last >= 256 ** (4 - parts.length)) return null;
  const bytes: number[] = [];
  for (const part of parts) {
    if (part === null || part > 255) return null;
    bytes.push(part);
  }
  for (let shift = 3 - parts.length; shift >= 0; shift--) {
    bytes.push(Math.floor(last / 256 ** shift) % 256);
  }
  return { family: "ipv4", bytes, text: bytes.join(".") };
}

function parseIpv4Part(text: string): number | null {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : null;
}

function parseIpv6(text: string): InternetAddress | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves[1] === undefined ? [] : parseGroups(halves[1], true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  return { family: "ipv6", bytes, text: formatIpv6(groups, bytes) };
}

/** The last group may be written as an IPv4 address, when these are the last groups. */
function parseGroups(text: string, atEnd: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    if (atEnd && index === words.length - 1 && word.includes(".")) {
      const tail = parseDottedQuad(word);
      if (tail === null) return null;
      const [a, b, c, d] = tail;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/i.test(word)) {
      groups.push(Number.parseInt(word, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function parseDottedQuad(text: string): [number, number, number, number] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]*)$/.test(part))) return null;
  const [a = 256, b = 256, c = 256, d = 256] = parts.map(Number);
  return Math.max(a, b, c, d) > 255 ? null : [a, b, c, d];
}

/** The leftmost longest run of two or more zero groups becomes "::", as inet_ntop(3) writes it. */
function formatIpv6(groups: readonly number[], bytes: readonly number[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const dotted = bytes.slice(12).join(".");
  if (best.start === 0 && best.length === 6) return `::${dotted}`;
  if (best.start === 0 && best.length === 5 && groups[5] === 0xffff) return `::ffff:${dotted}`;
  const words = groups.map((group) => group.toString(16));
  if (best.length < 2) return words.join(":");
  const head = words.slice(0, best.start).join(":");
  return `${head}::${words.slice(best.start + best.length).join(":")}`;
}
