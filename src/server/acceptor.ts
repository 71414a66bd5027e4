/** Takes clients from a listener and hands their data over. Knows nothing of services or limits. */
import { duplicate, occupyWithInput } from "../os/descriptor.ts";
import { setBacklog } from "../os/listener.ts";
import type { Client } from "./client.ts";

/** Something that brings clients. While it is stopped, they wait in the backlog for others. */
export type Acceptor = {
  start(): void;
  stop(): void;
  /** For good: as far as this process is concerned the listener is gone, with who waits there (MUL-108). */
  close(): void;
};

/** `admit` makes the client of a new connection, which is then the socket's data. */
export function clientSocketHandler(
  admit: (socket: Bun.Socket<Client>) => void,
): Bun.SocketHandler<Client> {
  return {
    open: admit,
    data: (socket, bytes) => socket.data.received(bytes),
    drain: (socket) => socket.data.drained(),
    end: (socket) => socket.data.ended(),
    close: (socket) => socket.data.closed(),
    error: (_socket, error) => {
      if ("errno" in error) return; // a reset is a way to leave like any other (MUL-86)
      queueMicrotask(() => {
        throw error; // one of our handlers failed, which is no client's doing
      });
    },
  };
}

export class ListenerAcceptor implements Acceptor {
  readonly #fd: number;
  readonly #backlog: number;
  readonly #handler: Bun.SocketHandler<Client>;
  #listener: Bun.UnixSocketListener<Client> | null = null;

  /** The listener belongs to the master: neither closed nor switched to blocking (MUL-112). */
  constructor(fd: number, backlog: number, handler: Bun.SocketHandler<Client>) {
    this.#fd = fd;
    this.#backlog = backlog;
    this.#handler = handler;
  }

  /**
   * The runtime owns the copy it accepts from, and lengthens the backlog, which belongs to the
   * socket that all copies share: it is set back to what the master gave it.
   */
  start(): void {
    if (this.#listener !== null) return;
    const options = { fd: duplicate(this.#fd), allowHalfOpen: true, socket: this.#handler };
    // `Bun.listen` takes `fd` (design D6); only its published types do not say so.
    this.#listener = Bun.listen<Client>(options as unknown as Bun.UnixSocketOptions<Client>);
    setBacklog(this.#fd, this.#backlog);
  }

  /** At once: called when a connection opens, the next one stays in the backlog. */
  stop(): void {
    this.#listener?.stop();
    this.#listener = null;
  }

  close(): void {
    this.stop();
    occupyWithInput(this.#fd);
  }
}
