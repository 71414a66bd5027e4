/** Each entry as a verbose master tells it at a (re)load (SVC-64). */
import { childArguments } from "../config/child-arguments.ts";
import { listService } from "../config/service-listing.ts";
import type { Logger } from "../log/logger.ts";
import { decodeByteString } from "../os/byte-string.ts";
import type { LiveService } from "./live-service.ts";
import type { ChildSurroundings } from "./spawn-child.ts";

type Listed = Pick<LiveService, "plan" | "state" | "listeners" | "generation">;

export function logService(service: Listed, { debug, verbose }: ChildSurroundings, log: Logger) {
  if (!verbose) return;
  const { plan, state, listeners, generation } = service;
  const { entry, localOnly } = plan;
  const listenerCount = listeners.length;
  const words = childArguments(entry, { listenerCount, localOnly, debug, verbose, stress: false });
  const lines = listService(plan, {
    childArguments: words,
    throttleSeconds: state.nextThrottleSeconds,
    total: state.total,
    idle: state.idle,
    throttled: state.throttled,
    leaving: state.leaving,
    listening: state.listening,
    statusFds: generation?.channel.fds ?? [-1, -1],
  });
  for (const line of lines) log.verbose(1, decodeByteString(line));
}
