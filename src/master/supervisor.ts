/**
 * The services that run now. What happens to one becomes a policy event here, and what the policy
 * orders is carried out here. Decides nothing itself.
 */
import type { ServicePlan } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { monotonicSeconds, startTimer } from "../os/clock.ts";
import type { Readiness } from "../os/readiness.ts";
import { busyReports } from "../policy/busy-report.ts";
import type { ActiveService } from "../policy/reload-plan.ts";
import { serviceSettings } from "../policy/service-settings.ts";
import type { Effect, ServiceEvent, TimerName } from "../policy/service.ts";
import { newService, step } from "../policy/step.ts";
import { throttleReport } from "../policy/throttle-report.ts";
import { Children } from "./children.ts";
import type { ChildrenParts } from "./children.ts";
import { logService } from "./list-service.ts";
import type { Listener, LiveService } from "./live-service.ts";
import { writeReport } from "./write-report.ts";

export type SupervisorParts = ChildrenParts &
  Readonly<{ readiness: Readiness; sendTrigger: (plan: ServicePlan) => void }>;

const TIMER_EVENTS: Readonly<Record<TimerName, ServiceEvent>> = {
  throttle: { type: "throttle-expired" },
  wakeup: { type: "wakeup-due" },
  kill: { type: "kill-delay-expired" },
};

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #children: Children;
  #settings: Settings;
  /** A removed service stays until its last child is gone, and may come back before. */
  readonly #services = new Map<string, LiveService>();
  readonly #listenerOwners = new Map<number, LiveService>();

  constructor(parts: SupervisorParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#children = new Children(parts, (service, event) => this.#dispatch(service, event));
    this.#children.useSettings(settings);
  }

  /** In the order of activation; those that are about to leave have no listeners any more. */
  activeServices(): ActiveService[] {
    return [...this.#services.values()].map(({ plan, state }) =>
      state.leaving ? { ...plan, endpoints: [] } : plan,
    );
  }

  get childPids(): readonly number[] {
    return this.#children.pids;
  }

  listenerOf(identity: string, index: number): Listener {
    const listener = this.#known(identity).listeners[index];
    if (listener === undefined) throw new Error(`service ${identity} has no listener ${index}`);
    return listener;
  }

  /** For what is decided from now on; a running service keeps its own until reconfigured. */
  useSettings(settings: Settings): void {
    this.#settings = settings;
    this.#children.useSettings(settings);
  }

  activate(plan: ServicePlan, listeners: readonly Listener[]): void {
    const service = this.#start(plan, listeners);
    this.#services.set(plan.entry.identity, service);
    logService(service, this.#parts.surroundings, this.#parts.log);
  }

  /**
   * Serves what waits at a listener that its service no longer has, beside that service. Returns
   * the order to end: children finish their clients, and the listener is nobody's.
   */
  activateForLastClients(plan: ServicePlan, listener: Listener): () => void {
    const entry = { ...plan.entry, wakeupSeconds: 0 };
    const service = this.#start({ ...plan, entry, endpoints: [listener.endpoint] }, [listener]);
    return () => {
      this.#dispatch(service, { type: "finished" });
      this.#assignListeners(service, []);
    };
  }

  /** Listeners that it no longer has stay open: they may have moved to another service. */
  reconfigure(plan: ServicePlan, listeners: readonly Listener[], changed: boolean): void {
    const service = this.#known(plan.entry.identity);
    service.plan = plan;
    this.#assignListeners(service, listeners);
    const settings = serviceSettings(plan, this.#settings);
    this.#dispatch(service, { type: "reconfigured", settings, changed });
    logService(service, this.#parts.surroundings, this.#parts.log);
  }

  /** Its children are dismissed and waited for in the background; its listeners stay open. */
  remove(identity: string): void {
    const service = this.#known(identity);
    if (service.state.leaving) return;
    const killDelaySeconds = this.#settings.childKillDelaySeconds;
    this.#dispatch(service, { type: "removed", killDelaySeconds });
    this.#assignListeners(service, []);
  }

  #start(plan: ServicePlan, listeners: readonly Listener[]): LiveService {
    const service: LiveService = {
      plan,
      state: newService(serviceSettings(plan, this.#settings)),
      listeners: [],
      generation: null,
      timers: new Map(),
      stderr: null,
      failure: null,
    };
    this.#assignListeners(service, listeners);
    this.#dispatch(service, { type: "activated" });
    return service;
  }

  #known(identity: string): LiveService {
    const service = this.#services.get(identity);
    if (service === undefined) throw new Error(`no running service "${identity}"`);
    return service;
  }

  #dispatch(service: LiveService, event: ServiceEvent): void {
    const { service: state, effects } = step(service.state, event, monotonicSeconds());
    service.state = state;
    for (const effect of effects) this.#perform(service, effect);
  }

  #perform(service: LiveService, effect: Effect): void {
    const { log, sendTrigger } = this.#parts;
    const { plan } = service;
    switch (effect.type) {
      case "watch-listener":
        return this.#watchListeners(service, effect.on);
      case "spawn-child":
        return this.#children.spawn(service, effect.stress);
      // The next one is made for the first child that needs it.
      case "renew-status-channel":
      case "close-status-channel":
        service.generation?.retire();
        service.generation = null;
        return;
      case "send-trigger":
        return sendTrigger(plan);
      case "start-timer":
        return this.#startTimer(service, effect.timer, effect.seconds);
      case "cancel-timer":
        return cancelTimer(service, effect.timer);
      case "report-busy":
        for (const report of busyReports(plan.entry, effect.limit)) writeReport(log, report);
        return;
      case "report-throttle":
        if (service.failure === null) throw new Error("a service is throttled without a failure");
        return writeReport(
          log,
          throttleReport({ ...service.failure, delaySeconds: effect.seconds }),
        );
      case "terminate-children":
        return this.#children.dismiss(service);
      case "kill-children":
        return this.#children.killDismissed(service, this.#settings.childKillDelaySeconds);
      case "forget":
        this.#children.forget(service);
        if (this.#services.get(plan.entry.identity) === service) {
          this.#services.delete(plan.entry.identity);
        }
        return;
    }
  }

  /** Moves read interest along, so that it always covers exactly what the policy ordered. */
  #assignListeners(service: LiveService, listeners: readonly Listener[]): void {
    const isSame =
      listeners.length === service.listeners.length &&
      listeners.every(({ fd }, index) => fd === service.listeners[index]?.fd);
    if (isSame && listeners.every(({ fd }) => this.#listenerOwners.get(fd) === service)) {
      service.listeners = listeners;
      return;
    }
    if (service.state.listening) this.#watchListeners(service, false);
    for (const { fd } of service.listeners) {
      if (this.#listenerOwners.get(fd) === service) this.#listenerOwners.delete(fd);
    }
    service.listeners = listeners;
    for (const { fd } of listeners) {
      if (this.#listenerOwners.has(fd)) this.#parts.readiness.unwatch(fd); // it was another's
      this.#listenerOwners.set(fd, service);
    }
    if (service.state.listening) this.#watchListeners(service, true);
  }

  /** A listener that has moved to another service is watched for that one. */
  #watchListeners(service: LiveService, on: boolean): void {
    const { readiness } = this.#parts;
    for (const { fd } of service.listeners) {
      if (this.#listenerOwners.get(fd) !== service) continue;
      if (on) readiness.watch(fd, () => this.#dispatch(service, { type: "client-waiting" }));
      else readiness.unwatch(fd);
    }
  }

  #startTimer(service: LiveService, name: TimerName, seconds: number): void {
    cancelTimer(service, name);
    const timer = startTimer(seconds, () => {
      service.timers.delete(name);
      this.#dispatch(service, TIMER_EVENTS[name]);
    });
    service.timers.set(name, timer);
  }
}

function cancelTimer(service: LiveService, name: TimerName): void {
  service.timers.get(name)?.cancel();
  service.timers.delete(name);
}
