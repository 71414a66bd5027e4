/** The descriptors of a child (PRO-01 to PRO-05) put to their use: the set-up of MUL-63 to MUL-66. */
import { fstatSync } from "node:fs";

import type { Settings } from "../config/settings.ts";
import { setCloseOnExec } from "../os/descriptor.ts";
import { throwSystemError } from "../os/system-error.ts";
import {
  FEATURES_VARIABLE,
  FIRST_LISTENER_FD,
  FLOW_READ_FD,
  FLOW_WRITE_FD,
  RETIRE_FEATURE,
  STATUS_FD,
} from "../protocol/descriptors.ts";
import { clientSocketHandler, ListenerAcceptor } from "./acceptor.ts";
import { attempt, ChildFailure } from "./child-failure.ts";
import type { ChildLog } from "./child-log.ts";
import type { DrainRequest } from "./drain-request.ts";
import { exitNormally } from "./exit-normally.ts";
import { requireFlowPipe, takeFlowToken } from "./flow-control.ts";
import { spreadLimits } from "./lifetime.ts";
import { MasterLink } from "./master-link.ts";
import type { ServerOptions, ServerTransport } from "./options.ts";
import { PassReceiver } from "./pass-receiver.ts";
import type { Context, Service } from "./service.ts";
import { Serving } from "./serving.ts";
import { startWatchdog } from "./watchdog.ts";

type Preparation = Readonly<{
  service: Service;
  context: Context;
  settings: Settings;
  options: ServerOptions;
  transport: ServerTransport;
  generation: number;
  drain: DrainRequest;
  log: ChildLog;
}>;

/** Before the jail; nobody is accepted before the result is called, after it. */
export function prepareServing(preparation: Preparation): () => Promise<void> {
  const { service, options, transport } = preparation;
  requireSocket(STATUS_FD);
  const listeners = Array.from({ length: options.listenerCount }, (_, index) => {
    requireSocket(FIRST_LISTENER_FD + index);
    return FIRST_LISTENER_FD + index;
  });
  if (service.flowControl === true) requireFlowPipe();
  for (const fd of [FLOW_READ_FD, FLOW_WRITE_FD, STATUS_FD, ...listeners]) {
    attempt(`use descriptor ${fd}`, "to be started by a master", () => setCloseOnExec(fd, true));
  }
  const receiver = transport === "pass" ? createReceiver(preparation) : null;
  return () => startServing(preparation, listeners, receiver);
}

function createReceiver({ service, settings, log }: Preparation): PassReceiver {
  return new PassReceiver({
    watchdogSeconds: settings.daemonTimeoutSeconds * 2, // ours comes first
    oneAtATime: service.blocking === true || settings.clientLimit > 0,
    log: log.logger,
  });
}

async function startServing(
  { service, context, settings, options, transport, generation, drain, log }: Preparation,
  listeners: readonly number[],
  receiver: PassReceiver | null,
): Promise<void> {
  const features = (process.env[FEATURES_VARIABLE] ?? "").split(/\s+/);
  const understandsRetiring = features.includes(RETIRE_FEATURE);
  const mayOverlap = !options.limitIsOne || service.mayOverlap === true;
  const { limitJitterPercent, defaultProcessLimit } = settings;
  Object.assign(context.limits, spreadLimits(context.limits, limitJitterPercent, Math.random));
  startWatchdog(settings.daemonTimeoutSeconds);

  const master = new MasterLink(generation);
  const serving = new Serving({
    service,
    context,
    settings,
    log: log.logger,
    keepAlive: transport === "inet",
    isLocal: transport === "unix",
    isOnlyProcess: options.limitIsOne,
    understandsRetiring,
    mayFreeSlot: mayOverlap && understandsRetiring,
    report: (status) => master.report(status),
    takeTurn: () => master.takeTurn(),
    takeFlowToken,
    leave: (reason) => {
      log.logger.verbose(1, `leaving: ${reason}`);
      exitNormally(service, context);
    },
  });
  await master.watch(() => serving.masterGone());
  const acceptors = listeners.map((fd) => {
    if (receiver !== null) {
      return receiver.acceptor(fd, (socket, attributes) => serving.admit(socket, attributes));
    }
    const handler = clientSocketHandler((socket) => serving.admit(socket, null));
    return new ListenerAcceptor(fd, defaultProcessLimit, handler);
  });
  serving.begin(acceptors);
  drain.onRequest(() => serving.retire("the service drains"));
}

/** Anything may stand there when we were not started by a master: the runtime's own, even. */
function requireSocket(fd: number): void {
  const isSocket = attempt(`use descriptor ${fd}`, "a socket from the master", () => {
    try {
      return fstatSync(fd).isSocket();
    } catch (error) {
      return throwSystemError(error);
    }
  });
  if (!isSocket) {
    throw new ChildFailure(`Cannot use descriptor ${fd}: expected a socket from the master`);
  }
}
