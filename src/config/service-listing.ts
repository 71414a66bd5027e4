/** A service in every detail, for a verbose master's log (SVC-64). Writes nothing. */
import { endpointKey } from "./addresses.ts";
import type { ServicePlan } from "./service-entry.ts";

export type ServiceCircumstances = Readonly<{
  childArguments: readonly string[];
  throttleSeconds: number;
  total: number;
  idle: number;
  throttled: boolean;
  leaving: boolean;
  listening: boolean;
  /** The two ends of the status channel, -1 before there is one. */
  statusFds: readonly [number, number];
}>;

export function listService(
  { entry, endpoints, localOnly }: ServicePlan,
  circumstances: ServiceCircumstances,
): string[] {
  const { request } = entry;
  const flags =
    (circumstances.throttled ? 1 : 0) +
    (circumstances.leaving ? 2 : 0) +
    (entry.wakeupConditional ? 4 : 0) +
    (request.type === "host" ? 8 : 0) +
    (localOnly ? 16 : 0) +
    (circumstances.listening ? 32 : 0);
  return [
    "====start service entry",
    `flags: ${flags}`,
    `name: ${entry.canonicalName}`,
    `type: ${entry.transport}`,
    `listen_fd_count: ${endpoints.length}`,
    `wakeup: ${entry.wakeupSeconds}`,
    `max_proc: ${entry.processLimit}`,
    `path: ${entry.path}`,
    ...circumstances.childArguments.map((word, index) => `arg[${index}]: ${word}`),
    `avail_proc: ${circumstances.idle}`,
    `total_proc: ${circumstances.total}`,
    `throttle_delay: ${circumstances.throttleSeconds}`,
    `status_fd ${circumstances.statusFds.join(" ")}`,
    `endpoints: ${endpoints.map(endpointKey).join(" ")}`,
    "====end service entry",
  ];
}
