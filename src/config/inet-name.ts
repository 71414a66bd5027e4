/**
 * The name of an inet service: "port", ":port", "host:port" or "[host]:port" (SVC-16, SVC-17). Must not
 * know which ports and hosts exist.
 */
import { isHostName } from "./host-name.ts";
import { mappedIpv4, parseAddress } from "./internet-address.ts";

/** A null host means the addresses of inet_interfaces. A numeric host is in its normal form. */
export type InetName = Readonly<{ host: string | null; portText: string }>;
/** `offset` is where in the name the fault begins. */
export type InetNameFault = Readonly<{ reason: string; offset: number; suggestion?: string }>;

export function parseInetName(name: string): InetName | InetNameFault {
  const parts = name.startsWith("[") ? splitBracketed(name) : splitAtLastColon(name);
  if ("reason" in parts) return parts;
  const { host, hostOffset, portText } = parts;
  const portOffset = name.length - portText.length;
  if (portText === "") return { reason: "expected a port after the host", offset: portOffset };
  if (/^[0-9]+[^0-9]/.test(portText)) {
    const reason = `found "${portText}", expected a port that is all digits or a service name`;
    return { reason, offset: portOffset };
  }
  if (host === null) return { host, portText };
  const address = isHostAddress(host) || isHostName(host) ? parseAddress(host) : null;
  if (address === null) {
    if (isHostName(host)) return { host, portText };
    return {
      reason: `found "${host}", expected a host name or an address`,
      offset: hostOffset,
      ...(host === "*" ? { suggestion: portText } : {}),
    };
  }
  const inner = mappedIpv4(address);
  if (inner === null) return { host: address.text, portText };
  return {
    reason: `found "${host}": an IPv6 socket cannot be bound to an IPv4 address`,
    offset: hostOffset,
    suggestion: `${inner}:${portText}`,
  };
}

/** The port as a number, or null for a name. A sign is allowed because the resolver allows it. */
export function portNumber(portText: string): number | null {
  return /^\+?[0-9]+$/.test(portText) ? Number(portText) : null;
}

type Parts = { host: string | null; hostOffset: number; portText: string };

function splitBracketed(name: string): Parts | InetNameFault {
  const close = name.indexOf("]");
  if (close === -1) return { reason: 'expected a "]" that closes the "["', offset: name.length };
  const rest = name.slice(close + 1);
  if (rest !== "" && !rest.startsWith(":")) {
    return { reason: `found "${rest}", expected ":" and a port after the "]"`, offset: close + 1 };
  }
  const written = name.slice(1, close);
  const tagged = /^IPv6:/i.test(written);
  const hostOffset = tagged ? 6 : 1;
  const host = name.slice(hostOffset, close);
  if (tagged && parseAddress(host)?.family !== "ipv6") {
    return {
      reason: `found "${host}", expected an IPv6 address after "IPv6:"`,
      offset: hostOffset,
    };
  }
  return { host, hostOffset, portText: rest.slice(1) };
}

function splitAtLastColon(name: string): Parts {
  const colon = name.lastIndexOf(":");
  const host = colon > 0 ? name.slice(0, colon) : null;
  return { host, hostOffset: 0, portText: name.slice(colon + 1) };
}

/** Leading zeros pass here, and the resolver then reads such a part as octal. */
function isHostAddress(text: string): boolean {
  const parts = /^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return parseAddress(text)?.family === "ipv6";
  const startsWithZero = parts[0] === 0 && parts.some((part) => part !== 0);
  return parts.every((part) => part <= 255) && !startsWithZero;
}
