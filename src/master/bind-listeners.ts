/** Makes the listeners that a configuration asks for, all or none. Watches nothing. */
import { lstatSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { errorAt, warningAt } from "../config/problem.ts";
import type { Checked, Problem } from "../config/problem.ts";
import type { Endpoint, ServiceEntry } from "../config/service-entry.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { closeFd } from "../os/descriptor.ts";
import { asOwner } from "../os/identity.ts";
import type { Owner } from "../os/identity.ts";
import { bindUnixDatagram, listenTcp, listenUnix, openFifo, renameSocket } from "../os/listener.ts";
import { SystemError, throwSystemError } from "../os/system-error.ts";
import type { ListenerPlace } from "../policy/listener-place.ts";
import type { Listener } from "./live-service.ts";

/** sun_path with its terminator: what is bound under a longer name has no temporary one. */
const PATH_BYTES = 108;
const EISDIR = 21;

export type BindOrder = Readonly<{
  places: readonly ListenerPlace[];
  entryOf: (place: ListenerPlace) => ServiceEntry;
  owner: Owner;
  defaultProcessLimit: number;
  tcpWindowSizeBytes: number;
  /** Bind paths beside their place, so that nothing in use is touched until `putInPlace`. */
  underTemporaryNames: boolean;
}>;

export type NewListeners = Readonly<{
  listeners: ReadonlyMap<ListenerPlace, Listener>;
  /** The switch: from here on clients reach the new ones. Returns what they will not reach. */
  putInPlace: () => readonly Problem[];
}>;

/** `boundPath` is the final path or one beside it; null for a port. */
type Bound = Readonly<{ listener: Listener; boundPath: string | null; finalPath: string | null }>;

/** With errors, nothing stays bound and `value` is null. */
export function bindListeners(order: BindOrder): Checked<NewListeners | null> {
  const problems: Problem[] = [];
  const bound = new Map<ListenerPlace, Bound>();
  const bindAll = (places: readonly ListenerPlace[]) => {
    for (const place of places) {
      try {
        bound.set(place, bindOne(place, order, bound.size));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        problems.push(explain(place, order.entryOf(place), error));
      }
    }
  };
  const { places, owner } = order;
  bindAll(places.filter(({ endpoint }) => endpoint.kind === "tcp")); // as root (SVC-32)
  const paths = places.filter(({ endpoint }) => endpoint.kind !== "tcp");
  // One switch of identity for all of them: it stops every thread of the process.
  if (paths.length > 0) {
    try {
      asOwner(owner, () => bindAll(paths));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      problems.push(errorAt(null, `Cannot act as mail_owner: ${error.message}`));
    }
  }

  const all = [...bound.values()];
  if (problems.length > 0) {
    for (const one of all) undo(one, owner);
    return { value: null, problems };
  }
  const listeners = new Map([...bound].map(([place, { listener }]) => [place, listener]));
  const beside = all.filter(({ boundPath, finalPath }) => boundPath !== finalPath);
  const putInPlace = () =>
    beside.length === 0 ? [] : asOwner(owner, () => beside.flatMap((one) => rename(one)));
  return { value: { listeners, putInPlace }, problems };
}

function bindOne(place: ListenerPlace, order: BindOrder, number: number): Bound {
  const { endpoint } = place;
  const { processLimit } = order.entryOf(place);
  const backlog = Math.max(processLimit, order.defaultProcessLimit); // SVC-37
  if (endpoint.kind === "tcp") {
    const { address, port } = endpoint;
    const windowSizeBytes = order.tcpWindowSizeBytes;
    const fd = listenTcp({ address, port, backlog, windowSizeBytes });
    return { listener: { endpoint, fd }, boundPath: null, finalPath: null };
  }
  const finalPath = decodeByteString(endpoint.path);
  refuseDirectory(finalPath);
  const boundPath = order.underTemporaryNames ? temporaryName(finalPath, number) : finalPath;
  const fd = bindPath(endpoint.kind, boundPath, backlog);
  return { listener: { endpoint, fd }, boundPath, finalPath };
}

function bindPath(kind: Exclude<Endpoint["kind"], "tcp">, path: string, backlog: number): number {
  switch (kind) {
    case "stream":
      return listenUnix({ path, backlog });
    case "datagram":
      return bindUnixDatagram({ path });
    case "fifo":
      return openFifo({ path });
  }
}

/**
 * In the same directory, or a rename would not do. The kernel shows this name for as long as the
 * socket lives, and no service is called so. A path that leaves no room for one is used at once.
 */
function temporaryName(path: string, number: number): string {
  const unique = `${process.pid}.${number}~`;
  const names = [`${path}.${unique}`, `${dirname(path)}/.${unique}`];
  return names.find((name) => Buffer.byteLength(name) < PATH_BYTES) ?? path;
}

/** Nothing can be renamed to it, and that must be known before the switch. */
function refuseDirectory(path: string): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  } catch (error) {
    throwSystemError(error, path);
  }
  throw new SystemError("bind", EISDIR, path);
}

/** It worked a moment ago to make a file there: only a directory that goes just now is left. */
function rename({ boundPath, finalPath }: Bound): Problem[] {
  if (boundPath === null || finalPath === null) return [];
  try {
    renameSocket(boundPath, finalPath);
    return [];
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const text = `Cannot put "${finalPath}" in place: ${error.reason}; no client reaches it`;
    return [warningAt(null, encodeByteString(`${text}, mend the directory and reload`))];
  }
}

function undo({ listener, boundPath }: Bound, owner: Owner): void {
  closeFd(listener.fd);
  // Gone already when somebody else bound the same path after us.
  if (boundPath !== null) asOwner(owner, () => rmSync(boundPath, { force: true }));
}

function explain({ endpoint }: ListenerPlace, entry: ServiceEntry, error: SystemError): Problem {
  const where =
    endpoint.kind === "tcp" ? `${endpoint.address} port ${endpoint.port}` : `"${endpoint.path}"`;
  const advice = ADVICE[error.code];
  const expected = advice === undefined ? "" : `; ${advice}`;
  const text = `Cannot listen on ${where} for service "${entry.externalName}": ${error.reason}`;
  return errorAt(entry.nameAt, `${text}${expected}`);
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: "expected a port that no other program uses",
  EADDRNOTAVAIL: "expected an address of this machine",
  EACCES: "expected a port or directory that this user may use",
  ENAMETOOLONG: "expected a path of at most 107 bytes",
  ENOENT: "expected its directory to exist below queue_directory",
};
