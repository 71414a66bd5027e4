/** What a child's status record means to its service. Knows nothing of sockets or byte order. */
import type { Child } from "./child.ts";
import { info, warning } from "./report.ts";
import type { Report } from "./report.ts";

/** The two values of PRO-07, and the one of design D17. */
const TAKEN = 0;
const IDLE = 1;
const RETIRING = 2;
const RECORD_BYTES = 12;

export type StatusMessage = Readonly<{
  /** The service whose channel the message came from. */
  service: Readonly<{ identity: string; externalName: string; canonicalName: string }>;
  /** Null when the message has not the size of a record. */
  record: Readonly<{ pid: number; generation: number; status: number }> | null;
  byteCount: number;
  /** What stands where the pid belongs, when a message of a wrong size is long enough for one. */
  claimedPid?: number;
  /** The living child with the pid in the record, whatever service it belongs to. */
  child: Child | undefined;
}>;

export type StatusVerdict =
  | Readonly<{
      type: "accepted";
      child: Child;
      event: Readonly<
        { type: "child-taken" | "child-idle" } | { type: "child-retiring"; wasIdle: boolean }
      >;
    }>
  | Readonly<{ type: "ignored"; report: Report | null }>;

export function judgeStatus(message: StatusMessage): StatusVerdict {
  const { service, record, child } = message;
  const name = `service ${service.externalName}(${service.canonicalName})`;
  if (record === null) {
    const { byteCount, claimedPid = "unknown" } = message;
    const update = `${byteCount < RECORD_BYTES ? "partial" : "oversized"} status update`;
    return ignored(
      warning(`${name}: child (pid ${claimedPid}) sent ${update} (${byteCount} bytes)`),
    );
  }
  const { pid, generation, status } = record;
  // Its exit was handled first, or it never was ours: no order is promised (MST-92, MST-96).
  if (child === undefined) return ignored(null);
  if (child.generation !== generation) {
    return ignored(info(`ignoring status update from child pid ${pid} generation ${generation}`));
  }
  if (child.service !== service.identity) {
    const claim = `pid ${pid} of another service, ${child.service}`;
    return ignored(warning(`${name}: ignoring status update in the name of ${claim}`));
  }
  if (status !== TAKEN && status !== IDLE && status !== RETIRING) {
    const claim = `unknown status: ${status} allegedly from pid: ${pid}`;
    return ignored(warning(`${name}: ignoring ${claim}`));
  }
  if (child.retiring) return ignored(null); // there is no way back
  if (status === RETIRING) {
    return {
      type: "accepted",
      child: { ...child, idle: false, retiring: true },
      event: { type: "child-retiring", wasIdle: child.idle },
    };
  }
  const idle = status === IDLE;
  if (child.idle === idle) return ignored(null);
  return idle
    ? {
        type: "accepted",
        child: { ...child, idle, useCount: child.useCount + 1 },
        event: { type: "child-idle" },
      }
    : { type: "accepted", child: { ...child, idle }, event: { type: "child-taken" } };
}

function ignored(report: Report | null): StatusVerdict {
  return { type: "ignored", report };
}
