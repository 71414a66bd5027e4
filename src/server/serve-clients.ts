/** Serving, from set-up to leaving (MUL-63 to MUL-103): joins listeners, clients, master and limits. */
import { fstatSync } from "node:fs";

import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import { setCloseOnExec } from "../os/descriptor.ts";
import { throwSystemError } from "../os/system-error.ts";
import {
  FIRST_LISTENER_FD,
  FLOW_READ_FD,
  FLOW_WRITE_FD,
  STATUS_FD,
} from "../protocol/descriptors.ts";
import { acceptFrom } from "./acceptor.ts";
import { attempt, ChildFailure } from "./child-failure.ts";
import { createContext } from "./context.ts";
import { Lifetime } from "./lifetime.ts";
import { MasterLink } from "./master-link.ts";
import type { ServerOptions } from "./options.ts";
import type { Service } from "./service.ts";

type Serving = Readonly<{
  service: Service;
  settings: Settings;
  options: ServerOptions;
  transport: "inet" | "unix";
  generation: number;
  log: Logger;
}>;

export async function serveClients(serving: Serving): Promise<void> {
  const { service, settings, options, transport, generation, log } = serving;
  if (!("onData" in service)) throw new ChildFailure("sessions are not available yet");
  const context = createContext({
    name: options.serviceName ?? "",
    words: options.words,
    parameters: {},
    log,
    limits: { maxUse: settings.maxUse, maxIdleSeconds: settings.maxIdleSeconds },
    drain: () => {},
  });
  const leave = (reason: string): void => {
    log.verbose(1, `leaving: ${reason}`);
    process.exit(0);
  };
  requireSocket(STATUS_FD);
  const listeners: number[] = [];
  for (let fd = FIRST_LISTENER_FD; listeners.length < options.listenerCount; fd++) {
    requireSocket(fd);
    listeners.push(fd);
  }
  for (const fd of [FLOW_READ_FD, FLOW_WRITE_FD, STATUS_FD, ...listeners]) {
    attempt(`use descriptor ${fd}`, "to be started by a master", () => setCloseOnExec(fd, true));
  }

  const master = new MasterLink(generation, () => leave("the master closed the status channel"));
  await master.watch();
  const lifetime = new Lifetime(settings, leave);
  for (const fd of listeners) {
    acceptFrom(fd, settings.defaultProcessLimit, {
      timeoutSeconds: settings.ipcTimeoutSeconds,
      keepAlive: transport === "inet",
      onArrived: () => lifetime.clientArrived(),
      onData: (client, bytes) => {
        master.reportTaken();
        service.onData(client, bytes, context);
        master.reportIdle();
      },
      onLeft: () => lifetime.clientLeft(),
      onTimeout: () => log.warn(`a client took no data for ${settings.ipcTimeoutSeconds} s`),
    });
  }
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
