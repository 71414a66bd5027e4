/** Takes clients from a listener and hands their data over. Knows nothing of services or limits. */
import { duplicate } from "../os/descriptor.ts";
import { setBacklog } from "../os/listener.ts";
import { Client } from "./client.ts";

type Handlers = Readonly<{
  /** Each write to a client may take so long. */
  timeoutSeconds: number;
  /** Probe idle connections: they come from a network. */
  keepAlive: boolean;
  onArrived: () => void;
  onData: (client: Client, bytes: Uint8Array) => void;
  onLeft: () => void;
  onTimeout: () => void;
}>;

/**
 * The runtime owns the copy it accepts from, and lengthens the backlog, which belongs to the socket
 * that all copies share: it is set back to what the master gave it.
 */
export function acceptFrom(listenerFd: number, backlog: number, handlers: Handlers): void {
  const socket: Bun.SocketHandler<Client> = {
    open(socket) {
      if (handlers.keepAlive) socket.setKeepAlive(true);
      socket.data = new Client(socket, handlers.timeoutSeconds, handlers.onTimeout);
      handlers.onArrived();
    },
    data: (socket, bytes) => handlers.onData(socket.data, bytes),
    drain: (socket) => socket.data.drained(),
    // What the client asked for before it ended its side is still sent.
    end: (socket) => socket.data.end(),
    close(socket) {
      socket.data.closed();
      handlers.onLeft();
    },
    // Always followed by close; a reset is a way to leave like any other (MUL-86).
    error: () => {},
  };
  const options = { fd: duplicate(listenerFd), allowHalfOpen: true, socket };
  // `Bun.listen` takes `fd` (design D6); only its published types do not say so.
  Bun.listen<Client>(options as unknown as Bun.UnixSocketOptions<Client>);
  setBacklog(listenerFd, backlog);
}
