/** What a reload plan is expected to say, in few words. */
import type { Endpoint, ServicePlan } from "../../src/config/service-entry.ts";
import type { PlannedService, ReloadPlan } from "../../src/policy/reload-plan.ts";
import { servicePlan } from "./service-plan.ts";

export const tcp = (address: string, port = 25): Endpoint => ({ kind: "tcp", address, port });
export const stream = (path: string): Endpoint => ({ kind: "stream", path });
export const fifo = (path: string): Endpoint => ({ kind: "fifo", path });

export function inet(canonicalName: string, endpoints: readonly Endpoint[]): ServicePlan {
  return servicePlan("smtpd", { canonicalName, transport: "inet", private: false }, endpoints);
}

export function place(service: ServicePlan, index = 0) {
  const endpoint = service.endpoints[index];
  if (endpoint === undefined) throw new Error(`Cannot find endpoint ${index}`);
  return { service: service.entry.identity, index, endpoint };
}

export const kept = (service: ServicePlan, index = 0) =>
  ({ type: "kept", from: place(service, index) }) as const;
export const bound = { type: "bound" } as const;
export const added = (
  plan: ServicePlan,
  ...listeners: PlannedService["listeners"]
): PlannedService => ({
  plan,
  change: "added",
  changed: true,
  listeners,
});
export const same = (
  plan: ServicePlan,
  ...listeners: PlannedService["listeners"]
): PlannedService => ({
  plan,
  change: "updated",
  changed: false,
  listeners,
});
export const altered = (plan: ServicePlan, ...listeners: PlannedService["listeners"]) => ({
  ...same(plan, ...listeners),
  changed: true,
});
export const calm: Omit<ReloadPlan, "services"> = {
  bind: [],
  removed: [],
  close: [],
  problems: [],
};
