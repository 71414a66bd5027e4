/** Services that would take each other's socket file. Knows nothing of the file system. */
import { errorAt, warningAt } from "../config/problem.ts";
import type { Position, Problem } from "../config/problem.ts";
import type { ServiceEntry, ServicePlan } from "../config/service-entry.ts";
import { socketPath } from "./listener-place.ts";
import type { ListenerPlace } from "./listener-place.ts";

type Listeners = Readonly<{
  next: readonly ServicePlan[];
  bind: readonly ListenerPlace[];
  kept: readonly ListenerPlace[];
}>;

/**
 * The original lets the last one win, and the others never hear of a client again. That is only
 * worth a warning where all of them are new, but a socket in use is not to be lost.
 */
export function findPathConflicts({ next, bind, kept }: Listeners): Problem[] {
  const entries = new Map(next.map(({ entry }) => [entry.identity, entry]));
  const entryOf = ({ service }: ListenerPlace): ServiceEntry => {
    const entry = entries.get(service);
    if (entry === undefined) throw new Error(`Cannot find the entry of service "${service}"`);
    return entry;
  };
  const inUse = new Map<string, ListenerPlace>();
  for (const place of kept) {
    const path = socketPath(place.endpoint);
    if (path !== null) inUse.set(path, place);
  }
  const claimed = new Map<string, ListenerPlace>();
  const problems: Problem[] = [];
  for (const place of bind) {
    const path = socketPath(place.endpoint);
    if (path === null) continue;
    const user = inUse.get(path);
    const rival = user ?? claimed.get(path);
    claimed.set(path, place);
    if (rival === undefined) continue;
    const other = entryOf(rival);
    const { nameAt } = entryOf(place);
    const message = `"${path}" is also the endpoint of the ${other.transport} service "${other.externalName}" in ${line(other.nameAt)}`;
    problems.push(
      user === undefined
        ? warningAt(nameAt, `${message}: no client will reach that service`)
        : errorAt(nameAt, `${message}, which is in use: give one of them another name`),
    );
  }
  return problems;
}

function line({ file, line }: Position): string {
  return `${file}:${line}`;
}
