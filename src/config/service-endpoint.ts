/**
 * A service name to the endpoint it asks for and the canonical name that identifies the service
 * (SVC-13 to SVC-23). Must not know which addresses a host name has.
 */
import type { Host } from "./host.ts";
import { parseInetName, portNumber } from "./inet-name.ts";
import { nearMiss } from "./near-miss.ts";
import { errorAt, type Position, type Problem, warningAt } from "./problem.ts";
import { isRootless } from "./rootless-service.ts";
import type { EndpointRequest, Transport } from "./service-entry.ts";
import type { Field } from "./service-fields.ts";
import type { Settings } from "./settings.ts";

export type NamedEndpoint = Readonly<{ canonicalName: string; request: EndpointRequest }>;

const SOCKET_PATH_SIZE = 108; // sun_path with its terminator (SVC-36)
const MAX_PATH_COMPONENT = 255;
const MAX_PORT = 65535;

export function pathEndpoint(
  name: Field,
  transport: Exclude<Transport, "inet">,
  isPrivate: boolean,
  problems: Problem[],
): NamedEndpoint {
  const path = `${isPrivate ? "private" : "public"}/${name.text}`;
  const limit = transport === "fifo" ? MAX_PATH_COMPONENT + 1 : SOCKET_PATH_SIZE;
  const length = transport === "fifo" ? longestComponent(path) : path.length;
  if (length >= limit) {
    problems.push(
      errorAt(
        name.at,
        `Cannot use path "${path}" of ${length} bytes for a ${transport} service: expected less than ${limit}`,
      ),
    );
  }
  return { canonicalName: path, request: { type: "path", path } };
}

/** Null when the name cannot be read at all. */
export function inetEndpoint(
  name: Field,
  settings: Settings,
  host: Host,
  problems: Problem[],
): NamedEndpoint | null {
  const parsed = parseInetName(name.text);
  if ("reason" in parsed) {
    const { reason, offset, suggestion } = parsed;
    const message = `Cannot read the name "${name.text}" of an inet service: ${reason}`;
    problems.push(errorAt(offsetFrom(name.at, offset), message, suggestion));
    return null;
  }
  const { portText } = parsed;
  const portAt = offsetFrom(name.at, name.text.length - portText.length);
  const port = resolvePort(portText, settings, host);
  if (port === null) problems.push(unknownPort(portText, portAt, settings, host));
  else problems.push(...doubtfulPort(port, portAt, settings, host));
  return {
    canonicalName: canonicalName(parsed.host, port) ?? name.text,
    request:
      parsed.host === null
        ? { type: "interfaces", port, portText }
        : { type: "host", host: parsed.host, port, portText },
  };
}

/** known_tcp_ports comes before the services database (SVC-23). */
function resolvePort(portText: string, settings: Settings, host: Host): number | null {
  const number = portNumber(portText);
  if (number !== null) return number > MAX_PORT ? null : number;
  return settings.knownTcpPorts.get(portText) ?? host.portByName(portText);
}

function unknownPort(portText: string, at: Position, settings: Settings, host: Host): Problem {
  if (portNumber(portText) !== null) {
    return errorAt(at, `Cannot use port ${portText}: expected at most ${MAX_PORT}`);
  }
  const lowerCase = portText.toLowerCase();
  const suggestion =
    resolvePort(lowerCase, settings, host) === null
      ? nearMiss(lowerCase, [...settings.knownTcpPorts.keys()])
      : lowerCase;
  return errorAt(
    at,
    `Port name "${portText}" is neither in known_tcp_ports nor in the services database: expected a name from there or a number`,
    suggestion ?? undefined,
  );
}

function doubtfulPort(port: number, at: Position, settings: Settings, host: Host): Problem[] {
  if (port === 0) {
    return [warningAt(at, "Port 0 lets the system choose: no client can know the port")];
  }
  if (!isRootless(settings, host) || port >= host.firstUnprivilegedPort) return [];
  return [
    warningAt(
      at,
      `Port ${port} is reserved for root and this master has rootless_mode = yes: listening on it will fail, expected ${host.firstUnprivilegedPort} or above`,
    ),
  ];
}

function canonicalName(host: string | null, port: number | null): string | null {
  if (port === null) return null;
  return host === null ? `${port}` : `[${host}]:${port}`;
}

function longestComponent(path: string): number {
  return Math.max(...path.split("/").map((component) => component.length));
}

/** A name never spans two lines: a line break would have ended the field. */
function offsetFrom(at: Position, offset: number): Position {
  return { ...at, column: at.column + offset };
}
