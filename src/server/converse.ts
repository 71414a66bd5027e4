/** Joins a service, of either form, to one client. Whatever the service throws costs only that client. */
import type { Client, Conversation } from "./client.ts";
import { PauseReason } from "./client.ts";
import { describeException } from "./exception.ts";
import { startSession } from "./run-session.ts";
import type {
  Context,
  HandlerService,
  PassAttributes,
  Service,
  SessionService,
} from "./service.ts";

type Meeting<S> = Readonly<{
  service: S;
  client: Client;
  context: Context;
  attributes: PassAttributes | null;
  limits: Readonly<{ timeoutSeconds: number; requestSizeLimit: number }>;
  /** To be called before the service computes. */
  computing: () => void;
  /** The service has done what it had to do for now; called once or often. */
  workDone: () => void;
}>;

/** Begins when this is called. */
export function converse(meeting: Meeting<Service>): Conversation {
  const { service } = meeting;
  return "session" in service
    ? converseBySession({ ...meeting, service })
    : converseByHandler({ ...meeting, service });
}

function converseByHandler(meeting: Meeting<HandlerService>): Conversation {
  const { service, client, context, attributes, computing, workDone } = meeting;
  let connected = true;
  const guard = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      context.log.error(`disconnected ${nameOf(client)}: ${describeException(error)}`);
      client.abort();
    }
  };
  const disconnect = (): void => {
    if (!connected) return;
    connected = false;
    guard(() => service.onDisconnect?.(client, context));
  };
  if (attributes !== null && service.onConnect === undefined) {
    context.log.warn(`ignored the attributes of ${nameOf(client)}: the service takes none`);
  }
  guard(() => service.onConnect?.(client, context, attributes));
  return {
    received: (bytes) => {
      computing();
      guard(() => service.onData(client, bytes, context));
      workDone();
    },
    drained: () => {},
    ended: () => client.end(), // what it asked for before is still sent
    leaving: disconnect,
    closed: () => {
      disconnect();
      workDone();
    },
  };
}

function converseBySession(meeting: Meeting<SessionService>): Conversation {
  const { service, client, context, attributes, limits, computing, workDone } = meeting;
  client.retain();
  const over = (): void => {
    client.release();
    workDone();
  };
  const session = startSession({
    service,
    context,
    attributes,
    limits,
    peer: {
      remote: client.remote,
      write: (bytes) => client.write(bytes),
      pause: () => client.pause(PauseReason.session),
      resume: () => client.resume(PauseReason.session),
      finish: () => {
        client.end();
        over();
      },
      abort: () => {
        client.abort();
        over();
      },
    },
  });
  return {
    received: (bytes) => {
      computing();
      session.received(bytes);
    },
    drained: () => session.drained(),
    ended: () => session.ended(),
    leaving: () => {},
    closed: () => session.closed(),
  };
}

export function nameOf({ remote }: Pick<Client, "remote">): string {
  return remote === null ? "a client" : `client ${remote.address}`;
}
