/** The clients of a service under test, in either form. What a child does about its master is left out. */
import type { TestOptions } from "./public-module.ts";
import { startSession } from "./run-session.ts";
import type { Connection, Context, HandlerService, ParameterSpecs, Service } from "./service.ts";
import { SocketPeer } from "./socket-peer.ts";

const IPC_TIMEOUT_SECONDS = 3600;
const REQUEST_SIZE_LIMIT = 65536;

type Served = Readonly<{
  peer: SocketPeer;
  received(bytes: Uint8Array): void;
  drained(): void;
  ended(): void;
  closed(): void;
}>;

export function listenForTest<P extends ParameterSpecs>(
  path: string,
  service: Service<P>,
  context: Context<P>,
  options: TestOptions,
): { stop(): void } {
  const listener = Bun.listen<Served | undefined>({
    unix: path,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        const peer = new SocketPeer(socket, null);
        service.beforeAccept?.(context);
        socket.data =
          "session" in service
            ? serveSession(service, context, peer, options)
            : serveHandler(service, context, peer, options);
      },
      data: ({ data }, bytes) => data?.received(bytes),
      drain: ({ data }) => void (data?.peer.drained() === true && data.drained()),
      end: ({ data }) => data?.ended(),
      close: ({ data }) => data?.closed(),
      error: () => {}, // followed by close
    },
  });
  return { stop: () => listener.stop() };
}

function serveSession<P extends ParameterSpecs>(
  service: Extract<Service<P>, { session: unknown }>,
  context: Context<P>,
  peer: SocketPeer,
  { attributes, ipcTimeoutSeconds, requestSizeLimit }: TestOptions,
): Served {
  const session = startSession({
    service,
    context,
    attributes: attributes ?? null,
    peer,
    limits: {
      timeoutSeconds: ipcTimeoutSeconds ?? IPC_TIMEOUT_SECONDS,
      requestSizeLimit: requestSizeLimit ?? REQUEST_SIZE_LIMIT,
    },
  });
  return {
    peer,
    received: (bytes) => session.received(bytes),
    drained: () => session.drained(),
    ended: () => session.ended(),
    closed: () => session.closed(),
  };
}

function serveHandler<P extends ParameterSpecs>(
  service: HandlerService<P>,
  context: Context<P>,
  peer: SocketPeer,
  { attributes }: TestOptions,
): Served {
  const connection: Connection = {
    remote: peer.remote,
    state: undefined,
    write: (data) => void peer.write(typeof data === "string" ? Buffer.from(data) : data),
    end: () => peer.finish(),
  };
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      context.log.error(`disconnected a client: its session failed: ${text}`);
      peer.abort();
    }
  };
  attempt(() => service.onConnect?.(connection, context, attributes ?? null));
  return {
    peer,
    received: (bytes) => attempt(() => service.onData(connection, bytes, context)),
    drained: () => {},
    ended: () => peer.finish(),
    closed: () => attempt(() => service.onDisconnect?.(connection, context)),
  };
}
