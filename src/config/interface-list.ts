/** The addresses that inet_interfaces stands for (MCF-69). Asks nobody: names and interfaces are given. */
import type { Family } from "./host.ts";
import {
  compareAddresses,
  type InternetAddress,
  isLoopback,
  parseAddress,
} from "./internet-address.ts";
import { type Checked, errorAt, type Position, type Problem } from "./problem.ts";

export type Network = Readonly<{
  families: readonly Family[];
  /** Host name to addresses. */
  lookups: ReadonlyMap<string, readonly string[]>;
  interfaceAddresses: readonly string[];
}>;

/** The words of the list, when it is a list and not `all` or `loopback-only`. */
export function interfaceWords(value: string): string[] {
  if (value === "all" || value === "loopback-only") return [];
  return value
    .split(/[, \t\r\n]+/)
    .filter((word) => word !== "")
    .map((word) => (word.startsWith("[") && word.endsWith("]") ? word.slice(1, -1) : word));
}

/** `placeOf` finds a word of the value. The list is empty when nothing is to be listened on. */
export function interfaceList(
  value: string,
  network: Network,
  placeOf: (word: string) => Position | null,
): Checked<readonly InternetAddress[]> {
  const local = localAddresses(network);
  if (value === "all" || value === "loopback-only") {
    const addresses = value === "all" ? local : local.filter(isLoopback);
    return {
      value: sorted(addresses),
      problems: addresses.length > 0 ? [] : [noInterface(value, placeOf(value))],
    };
  }
  const addresses: InternetAddress[] = [];
  const problems: Problem[] = [];
  for (const word of interfaceWords(value)) {
    const found = hostAddresses(word, network);
    if (found.length === 0) problems.push(unknownHost(word, network.families, placeOf(word)));
    for (const address of found) {
      const here = local.find((candidate) => compareAddresses(candidate, address) === 0);
      if (here === undefined) problems.push(notLocal(word, address.text, placeOf(word)));
      else addresses.push(here);
    }
  }
  return { value: sorted(addresses), problems };
}

/** Every usable address of a host name or a numeric host, sorted and without repetition (SVC-18). */
export function hostAddresses(host: string, network: Network): InternetAddress[] {
  const numeric = parseAddress(host);
  const texts = numeric === null ? (network.lookups.get(host) ?? []) : [numeric.text];
  return sorted(usable(texts, network.families));
}

/** What a service without a host listens on when every interface is meant (SVC-20). */
export function wildcardAddresses({ families }: Network): InternetAddress[] {
  return usable(["0.0.0.0", "::"], families);
}

function usable(texts: readonly string[], families: readonly Family[]): InternetAddress[] {
  return texts
    .map(parseAddress)
    .filter((address) => address !== null)
    .filter(({ family }) => families.includes(family));
}

function sorted(addresses: readonly InternetAddress[]): InternetAddress[] {
  const byText = new Map(addresses.map((address) => [address.text, address]));
  return [...byText.values()].sort(compareAddresses);
}

/** A link-local address keeps its interface, `fe80::1%eth0`: it cannot be listened on without. */
function localAddresses({ interfaceAddresses, families }: Network): InternetAddress[] {
  return interfaceAddresses.flatMap((text) =>
    usable([text.replace(/%.*$/, "")], families).map((address) => ({ ...address, text })),
  );
}

function noInterface(value: string, at: Position | null): Problem {
  return errorAt(at, `inet_interfaces = ${value}: found no local interface address to listen on`);
}

function unknownHost(word: string, families: readonly Family[], at: Position | null): Problem {
  return errorAt(
    at,
    `inet_interfaces: cannot find an ${familyNames(families)} address of "${word}": expected "all", "loopback-only", or a list of names and addresses of this machine`,
    ["all", "loopback-only"].find((known) => known === word.toLowerCase()),
  );
}

function notLocal(word: string, address: string, at: Position | null): Problem {
  const host = word === address ? `"${word}"` : `"${word}" (${address})`;
  return errorAt(at, `inet_interfaces: ${host} is not an address of this machine's interfaces`);
}

/** "IPv4 or IPv6", as the messages say it. */
export function familyNames(families: readonly Family[]): string {
  return families.map((family) => (family === "ipv4" ? "IPv4" : "IPv6")).join(" or ");
}
