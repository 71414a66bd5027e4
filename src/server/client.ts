/**
 * One connected client. Its data is read only while it takes what it is sent, so a client that does
 * not read costs one chunk of memory. Knows nothing of services or limits.
 */
import { startTimer, type Timer } from "../os/clock.ts";
import type { Connection } from "./service.ts";

export class Client implements Connection {
  readonly remote: Connection["remote"];
  state: unknown;
  readonly #socket: Bun.Socket<unknown>;
  readonly #timeoutSeconds: number;
  readonly #onTimeout: () => void;
  #pending: Uint8Array[] = [];
  #ending = false;
  #patience: Timer | null = null;

  constructor(socket: Bun.Socket<unknown>, timeoutSeconds: number, onTimeout: () => void) {
    this.remote = socket.remotePort
      ? { address: socket.remoteAddress, port: socket.remotePort }
      : null;
    this.#socket = socket;
    this.#timeoutSeconds = timeoutSeconds;
    this.#onTimeout = onTimeout;
  }

  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (this.#pending.length > 0) {
      this.#pending.push(bytes.slice());
      return;
    }
    const rest = bytes.subarray(Math.max(0, this.#socket.write(bytes)));
    if (rest.byteLength === 0) return;
    this.#pending.push(rest.slice());
    this.#socket.pause();
    this.#waitForClient();
  }

  end(): void {
    this.#ending = true;
    if (this.#pending.length === 0) this.#socket.end();
  }

  /** The client takes data again. */
  drained(): void {
    while (this.#pending[0] !== undefined) {
      const rest = this.#pending[0].subarray(Math.max(0, this.#socket.write(this.#pending[0])));
      if (rest.byteLength > 0) {
        this.#pending[0] = rest;
        this.#waitForClient();
        return;
      }
      this.#pending.shift();
    }
    this.#patience?.cancel();
    if (this.#ending) this.#socket.end();
    else this.#socket.resume();
  }

  closed(): void {
    this.#patience?.cancel();
    this.#pending = [];
  }

  /** Each write operation may take so long (MUL-77). */
  #waitForClient(): void {
    this.#patience?.cancel();
    this.#patience = startTimer(this.#timeoutSeconds, () => {
      this.#onTimeout();
      this.#socket.terminate();
    });
  }
}
