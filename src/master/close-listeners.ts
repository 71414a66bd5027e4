/** The end of listeners that no service has any more. Says what is lost with them (design D15). */
import type { Logger } from "../log/logger.ts";
import { closeFd } from "../os/descriptor.ts";
import { queuedConnections } from "../os/listener.ts";
import type { Listener } from "./live-service.ts";

/** Nothing watches them any more. */
export function closeListeners(listeners: readonly Listener[], log: Logger): void {
  for (const { endpoint, fd } of listeners) {
    if (endpoint.kind === "tcp") {
      const lost = queuedConnections(fd);
      if (lost > 0) {
        log.warn(
          `${endpoint.address} port ${endpoint.port} is closed with ${lost} clients waiting: ` +
            "they will see a connection reset, and may try again",
        );
      }
    }
    closeFd(fd);
  }
}
