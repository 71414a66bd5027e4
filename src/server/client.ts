/**
 * One connected client. Its data is read only while it takes what it is sent, so a client that does
 * not read costs one chunk of memory. Knows nothing of services or limits.
 */
import type { ClientSocket } from "./client-socket.ts";
import type { Clock, Connection, Timer } from "./service.ts";

/** What goes on with the client. Nothing here may throw. */
export type Conversation = Readonly<{
  /** The bytes are valid only during the call. */
  received(bytes: Uint8Array): void;
  /** Everything that was written has been taken. */
  drained(): void;
  /** The client sends no more; it may still read. */
  ended(): void;
  /** We disconnect it: what is written now is still sent (MUL-95). */
  leaving(): void;
  /** The connection is gone. */
  closed(): void;
}>;

/** Why no data is taken from the client; one reason is enough. */
export const PauseReason = { unsent: 1, flow: 2, session: 4 } as const;

type Options = Readonly<{
  clock: Clock;
  /** On a UNIX socket: asking for an address costs as much as answering a request. */
  isLocal: boolean;
  /** Each write to a client may take so long (MUL-77). */
  timeoutSeconds: number;
  onTimeout: () => void;
  /** The connection is closed, and nobody works for it any more. */
  onOver: () => void;
}>;

export class Client implements Connection {
  readonly remote: Connection["remote"];
  state: unknown;
  #conversation: Conversation | null = null;
  readonly #socket: ClientSocket;
  readonly #options: Options;
  #unsent: Uint8Array[] = [];
  #stage: "open" | "leaving" | "closed" = "open";
  #pauseReasons = 0;
  /** The connection is the first. */
  #holders = 1;
  #patience: Timer | null = null;

  constructor(socket: ClientSocket, options: Options) {
    this.remote = options.isLocal ? null : addressOf(socket);
    this.#socket = socket;
    this.#options = options;
    socket.data = this;
  }

  /** The service may disconnect the client while it begins. */
  begin(converse: (client: Client) => Conversation): void {
    this.#conversation = converse(this);
    if (this.#stage === "closed") this.#conversation.closed();
  }

  /** False while some of it waits for the client. */
  write(data: Uint8Array | string): boolean {
    if (this.#stage === "closed") return true; // nobody is left to take it
    if (this.#unsent.length > 0) {
      this.#unsent.push(copyOf(data));
      return false;
    }
    // Nearly always all of it is taken at once: then nothing is allocated.
    const length = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
    const written = Math.max(0, this.#socket.write(data));
    if (written >= length) return true;
    this.#unsent.push(copyOf(data).subarray(written));
    this.#pauseAfterPass();
    this.#waitForClient();
    return false;
  }

  end(): void {
    if (this.#stage !== "open") return;
    this.#conversation?.leaving();
    this.#stage = "leaving";
    if (this.#unsent.length === 0) this.#socket.end();
  }

  /** Now, whatever is unsent. */
  abort(): void {
    if (this.#stage === "closed") return;
    this.#stage = "leaving";
    this.#patience?.cancel();
    this.#socket.terminate();
  }

  pause(reason: number): void {
    if (this.#pauseReasons === 0) this.#socket.pause();
    this.#pauseReasons |= reason;
  }

  resume(reason: number): void {
    if ((this.#pauseReasons & reason) === 0) return;
    this.#pauseReasons &= ~reason;
    if (this.#pauseReasons === 0) this.#socket.resume();
  }

  /** Somebody goes on working for it, maybe beyond its end. */
  retain(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.#options.onOver();
  }

  // What the socket says.

  received(bytes: Uint8Array): void {
    if (this.#stage === "open") this.#conversation?.received(bytes);
  }

  /** The client takes data again. */
  drained(): void {
    while (this.#unsent[0] !== undefined) {
      const rest = this.#send(this.#unsent[0]);
      if (rest === null) return;
      if (rest.byteLength > 0) {
        this.#unsent[0] = rest;
        this.#waitForClient();
        return;
      }
      this.#unsent.shift();
    }
    this.#patience?.cancel();
    if (this.#stage === "leaving") {
      this.#socket.end();
      return;
    }
    this.resume(PauseReason.unsent);
    this.#conversation?.drained();
  }

  ended(): void {
    if (this.#stage === "open") this.#conversation?.ended();
  }

  closed(): void {
    this.#stage = "closed";
    this.#patience?.cancel();
    this.#unsent = [];
    this.#conversation?.closed();
    this.release();
  }

  /**
   * Not at once: of a client that hung up after its request, the runtime would say nothing more. Its
   * write fails like one to a full socket, and the end comes with the event that is being handled.
   */
  #pauseAfterPass(): void {
    setImmediate(() => {
      if (this.#stage !== "closed" && this.#unsent.length > 0) this.pause(PauseReason.unsent);
    });
  }

  /** What the client did not take yet; null when it has gone, which a paused socket might not say. */
  #send(bytes: Uint8Array): Uint8Array | null {
    const taken = this.#socket.write(bytes);
    if (taken >= 0) return bytes.subarray(taken);
    this.abort();
    return null;
  }

  #waitForClient(): void {
    const { clock, timeoutSeconds, onTimeout } = this.#options;
    this.#patience?.cancel();
    this.#patience = clock.after(timeoutSeconds, () => {
      onTimeout();
      this.abort();
    });
  }
}

function addressOf({
  remoteAddress: address,
  remotePort: port,
}: ClientSocket): Connection["remote"] {
  return port ? { address, port } : null;
}

/** A buffer's own `slice` would share its memory. */
function copyOf(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? Buffer.from(data) : new Uint8Array(data);
}
