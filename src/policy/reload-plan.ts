/**
 * How to get from the running services to the configured ones without losing a listener (design
 * D15). Knows nothing of sockets: `bind` is done first, then the services switch, then `close`.
 * At start there is nothing running and everything is new.
 */
import type { Problem } from "../config/problem.ts";
import type { ServiceEntry, ServicePlan } from "../config/service-entry.ts";
import { listenerPlaces, socketKey, socketPath } from "./listener-place.ts";
import type { ListenerPlace } from "./listener-place.ts";
import { findPathConflicts } from "./path-conflicts.ts";

/**
 * A running service, by the plan that it was activated with; the list is in the order of
 * activation. A service whose children are still waited for after its removal has no endpoints.
 */
export type ActiveService = ServicePlan;

export type ListenerSource =
  /** The open descriptor moves here, whatever service had it. */
  Readonly<{ type: "kept"; from: ListenerPlace }> | Readonly<{ type: "bound" }>;

export type PlannedService = Readonly<{
  plan: ServicePlan;
  change: "added" | "updated";
  /** The entry says something else than before; where it stands in the file does not count. */
  changed: boolean;
  /** One for each endpoint of the plan, in descriptor order. */
  listeners: readonly ListenerSource[];
}>;

export type ReloadPlan = Readonly<{
  bind: readonly ListenerPlace[];
  services: readonly PlannedService[];
  /** Identities that are no longer configured. */
  removed: readonly string[];
  close: readonly ListenerPlace[];
  problems: readonly Problem[];
}>;

/** Where it stands in the file is not among them. */
const ENTRY_FACTS = [
  "externalName",
  "canonicalName",
  "transport",
  "private",
  "unprivileged",
  "chroot",
  "wakeupSeconds",
  "wakeupConditional",
  "processLimit",
  "command",
  "path",
  "arguments",
  "request",
] as const satisfies readonly (keyof ServiceEntry)[];

/** Identities are unique within each list. */
export function planReload(
  current: readonly ActiveService[],
  next: readonly ServicePlan[],
): ReloadPlan {
  const held = listenerPlaces(current);
  const wanted = listenerPlaces(next);
  const kept = withoutUnreachable(held, matchListeners(held, wanted));
  const moved = new Set(kept.values());
  const bind = wanted.filter((place) => !kept.has(place));
  const running = new Map(current.map((service) => [service.entry.identity, service]));
  const configured = new Set(next.map(({ entry }) => entry.identity));

  const sources = new Map<string, ListenerSource[]>();
  for (const place of wanted) {
    const from = kept.get(place);
    const source: ListenerSource = from === undefined ? { type: "bound" } : { type: "kept", from };
    appendTo(sources, place.service, source);
  }
  return {
    bind,
    services: next.map((plan) => {
      const before = running.get(plan.entry.identity);
      return {
        plan,
        change: before === undefined ? "added" : "updated",
        changed: before === undefined || !isSame(before, plan),
        listeners: sources.get(plan.entry.identity) ?? [],
      };
    }),
    removed: [...running.keys()].filter((identity) => !configured.has(identity)),
    close: held.filter((place) => !moved.has(place)),
    problems: findPathConflicts({ next, bind, kept: [...kept.keys()] }),
  };
}

/** One to one, a service's own listeners first, then whoever comes first in the lists. */
function matchListeners(
  held: readonly ListenerPlace[],
  wanted: readonly ListenerPlace[],
): Map<ListenerPlace, ListenerPlace> {
  const matches = new Map<ListenerPlace, ListenerPlace>();
  const match = (keyOf: (place: ListenerPlace) => string) => {
    const taken = new Set(matches.values());
    const free = new Map<string, ListenerPlace[]>();
    for (const place of held.toReversed()) {
      if (!taken.has(place)) appendTo(free, keyOf(place), place);
    }
    for (const place of wanted) {
      if (matches.has(place)) continue;
      const from = free.get(keyOf(place))?.pop();
      if (from !== undefined) matches.set(place, from);
    }
  };
  match(({ service, endpoint }) => `${socketKey(endpoint)} ${service}`);
  match(({ endpoint }) => socketKey(endpoint));
  return matches;
}

/**
 * Of several sockets that were bound to one path, clients reach the last. When that one goes, the
 * others must be bound anew; while it stays, they stay as they are.
 */
function withoutUnreachable(
  held: readonly ListenerPlace[],
  matches: ReadonlyMap<ListenerPlace, ListenerPlace>,
): Map<ListenerPlace, ListenerPlace> {
  const owners = new Map<string, ListenerPlace>();
  for (const place of held) {
    const path = socketPath(place.endpoint);
    if (path !== null) owners.set(path, place);
  }
  const staying = new Set(matches.values());
  return new Map(
    [...matches].filter(([, from]) => {
      const path = socketPath(from.endpoint);
      const owner = path === null ? undefined : owners.get(path);
      return owner === undefined || staying.has(owner);
    }),
  );
}

/** Nothing differs that reaches the child: the entry, its stress slot, its number of descriptors. */
function isSame(before: ServicePlan, after: ServicePlan): boolean {
  return (
    before.localOnly === after.localOnly &&
    before.endpoints.length === after.endpoints.length &&
    ENTRY_FACTS.every((name) => isSameData(before.entry[name], after.entry[name]))
  );
}

/** Of plain data without cycles, as entries are. */
function isSameData(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object") return one === other;
  if (one === null || other === null) return one === other;
  const [left, right] = [Object.entries(one), Object.entries(other)];
  return (
    left.length === right.length &&
    left.every(([key, value]) => isSameData(value, Reflect.get(other, key)))
  );
}

function appendTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
