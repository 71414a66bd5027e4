/**
 * From the running services to the configured ones. Everything that can fail is done before
 * anything is switched: an error leaves the running system as it is (design D15).
 */
import { hasErrors } from "../config/problem.ts";
import type { Checked, Problem } from "../config/problem.ts";
import type { ServicePlan } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import type { ListenerPlace } from "../policy/listener-place.ts";
import { planReload } from "../policy/reload-plan.ts";
import type { PlannedService, ReloadPlan } from "../policy/reload-plan.ts";
import { bindListeners } from "./bind-listeners.ts";
import type { NewListeners } from "./bind-listeners.ts";
import type { UnusedListener } from "./close-listeners.ts";
import type { Listener } from "./live-service.ts";
import type { Supervisor } from "./supervisor.ts";

/** Everything is bound and checked. */
export type PreparedReload = Readonly<{ commit: () => Switched }>;

export type Switched = Readonly<{
  /** Open, and nobody's. */
  unused: readonly UnusedListener[];
  problems: readonly Problem[];
}>;

/** `value` is null when there are errors; then nothing was changed. */
export function prepareReload(
  supervisor: Supervisor,
  settings: Settings,
  next: readonly ServicePlan[],
): Checked<PreparedReload | null> {
  const running = supervisor.activeServices();
  const plan = planReload(running, next);
  const problems: Problem[] = [...plan.problems];
  if (hasErrors(problems)) return { value: null, problems };

  const entries = new Map(next.map(({ entry }) => [entry.identity, entry]));
  const bound = bindListeners({
    places: plan.bind,
    entryOf: (place) => known(entries, place.service),
    owner: { uid: settings.mailOwnerUid, gid: settings.mailOwnerGid },
    defaultProcessLimit: settings.defaultProcessLimit,
    tcpWindowSizeBytes: settings.tcpWindowsize,
    underTemporaryNames: running.length > 0,
  });
  problems.push(...bound.problems);
  if (bound.value === null) return { value: null, problems };
  const fresh = bound.value;
  const commit = () => switchTo({ supervisor, settings, plan, fresh });
  return { value: { commit }, problems };
}

type Switch = Readonly<{
  supervisor: Supervisor;
  settings: Settings;
  plan: ReloadPlan;
  fresh: NewListeners;
}>;

function switchTo({ supervisor, settings, plan, fresh }: Switch): Switched {
  // Looked up before the first service changes: listeners move between services.
  const open = ({ service, index }: ListenerPlace) => supervisor.listenerOf(service, index);
  const successors = new Map(
    plan.services.map((planned) => [planned.plan.entry.identity, planned.plan]),
  );
  const unused = plan.close.map((place) => ({
    listener: open(place),
    successor: successors.get(place.service) ?? null,
  }));
  const bound = new Map(
    plan.bind.map((place) => [placeKey(place.service, place.index), known(fresh.listeners, place)]),
  );
  const listenersOf = ({ plan: { entry, endpoints }, listeners }: PlannedService): Listener[] =>
    listeners.map((source, index) => {
      if (source.type === "bound") return known(bound, placeKey(entry.identity, index));
      const endpoint = endpoints[index];
      if (endpoint === undefined) throw new Error(`${entry.identity} has no endpoint ${index}`);
      return { endpoint, fd: open(source.from).fd };
    });
  const ready = plan.services.map((planned) => ({ planned, listeners: listenersOf(planned) }));

  const problems = fresh.putInPlace();
  supervisor.useSettings(settings);
  for (const identity of plan.removed) supervisor.remove(identity);
  for (const { planned, listeners } of ready) {
    const { plan: next, change, changed } = planned;
    if (change === "added") supervisor.activate(next, listeners);
    else supervisor.reconfigure(next, listeners, changed);
  }
  return { unused, problems };
}

function placeKey(service: string, index: number): string {
  return `${index} ${service}`;
}

function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing is known of ${JSON.stringify(key)}`);
  return value;
}
