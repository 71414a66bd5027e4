/** Wakes a service up through its own endpoint, like any other client (MST-103 to MST-109). */
import type { ServicePlan } from "../config/service-entry.ts";
import type { Logger } from "../log/logger.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { asOwner } from "../os/identity.ts";
import type { Owner } from "../os/identity.ts";
import { SystemError } from "../os/system-error.ts";
import { sendTrigger, triggerFifo } from "../os/trigger.ts";
import type { TriggerEndpoint } from "../os/trigger.ts";
import {
  FIFO_TRIGGER,
  STREAM_TRIGGER,
  TRIGGER_HOLD_SECONDS,
  TRIGGER_TIMEOUT_SECONDS,
} from "../protocol/trigger.ts";

/** The wildcard addresses, where nobody can connect to, and where to connect instead (MST-106). */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Never holds the master up. A failure is logged: the next wakeup tries again (MST-101). */
export async function wakeUp(plan: ServicePlan, owner: Owner, log: Logger): Promise<void> {
  const { externalName, canonicalName } = plan.entry;
  const service = `service ${externalName}(${canonicalName})`;
  try {
    await send(plan, owner, () => log.warn(`${service}: read timeout for wakeup connection`));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    log.warn(`${service}: wakeup failed: ${error.message}`);
  }
}

async function send(plan: ServicePlan, owner: Owner, onHoldExpired: () => void): Promise<void> {
  const target = triggerTarget(plan);
  if (target === null) throw new SystemError("wakeup", EOPNOTSUPP, plan.entry.canonicalName);
  if (typeof target === "string") {
    return asOwner(owner, () => triggerFifo(target, FIFO_TRIGGER)); // MST-107
  }
  return sendTrigger(target, {
    writes: STREAM_TRIGGER,
    timeoutSeconds: TRIGGER_TIMEOUT_SECONDS,
    holdSeconds: TRIGGER_HOLD_SECONDS,
    onHoldExpired,
  });
}

const EOPNOTSUPP = 95;

/** The path of a fifo; null for what cannot be woken (MST-104). */
function triggerTarget({ entry, endpoints }: ServicePlan): TriggerEndpoint | string | null {
  const [endpoint] = endpoints;
  switch (endpoint?.kind) {
    case "tcp": {
      const host = LOOPBACK[endpoint.address] ?? endpoint.address;
      return { transport: "inet", host, port: endpoint.port };
    }
    case "stream": {
      const transport = entry.transport === "pass" ? "pass" : "unix";
      return { transport, path: decodeByteString(endpoint.path) };
    }
    case "fifo":
      return decodeByteString(endpoint.path);
    default:
      return null;
  }
}
