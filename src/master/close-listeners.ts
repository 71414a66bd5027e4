/**
 * The end of listeners that no service has any more. Clients that already wait there are served
 * where that is possible; where it is not, the log says how many were turned away (design D15).
 */
import type { ServicePlan } from "../config/service-entry.ts";
import type { Logger } from "../log/logger.ts";
import { startTimer } from "../os/clock.ts";
import { closeFd } from "../os/descriptor.ts";
import { queuedConnections, setBacklog } from "../os/listener.ts";
import type { Listener } from "./live-service.ts";
import type { Supervisor } from "./supervisor.ts";

/** `successor` is what its service is configured as now; null when the service was removed. */
export type UnusedListener = Readonly<{ listener: Listener; successor: ServicePlan | null }>;

const LOOK_SECONDS = 0.1;
const PATIENCE_LOOKS = 100;

export function closeListeners(
  unused: readonly UnusedListener[],
  supervisor: Supervisor,
  log: Logger,
): void {
  for (const { listener, successor } of unused) {
    if (successor !== null && mayServeLastClients(listener, successor)) {
      serveLastClients(listener, successor, supervisor, log);
    } else {
      closeListener(listener, log);
    }
  }
}

/** A service that may have one child has it: a second one beside it could do harm. */
function mayServeLastClients({ endpoint, fd }: Listener, { entry }: ServicePlan): boolean {
  return endpoint.kind === "tcp" && entry.processLimit !== 1 && queuedConnections(fd) > 0;
}

function serveLastClients(
  listener: Listener,
  successor: ServicePlan,
  supervisor: Supervisor,
  log: Logger,
): void {
  setBacklog(listener.fd, 0); // who is not in the queue yet is too late
  const finish = supervisor.activateForLastClients(successor, listener);
  const look = (looksLeft: number) => {
    if (queuedConnections(listener.fd) > 0 && looksLeft > 0) {
      startTimer(LOOK_SECONDS, () => look(looksLeft - 1));
      return;
    }
    finish();
    closeListener(listener, log);
  };
  look(PATIENCE_LOOKS);
}

function closeListener({ endpoint, fd }: Listener, log: Logger): void {
  if (endpoint.kind === "tcp") {
    const waiting = queuedConnections(fd);
    if (waiting > 0) {
      log.warn(
        `${endpoint.address} port ${endpoint.port} is closed with ${waiting} clients waiting: ` +
          "they see a connection reset",
      );
    }
  }
  closeFd(fd);
}
