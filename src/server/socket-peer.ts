/** One end of a connection of the test kit: bytes out in order, however fast the other side takes them. */
import type { SessionEnds } from "./run-session.ts";
import type { Connection } from "./service.ts";
import type { SessionPeer } from "./session.ts";

export class SocketPeer implements SessionPeer, SessionEnds {
  readonly remote: Connection["remote"];
  readonly #socket: Bun.Socket<unknown>;
  #pending: Uint8Array[] = [];
  #finishing = false;

  constructor(socket: Bun.Socket<unknown>, remote: Connection["remote"]) {
    this.#socket = socket;
    this.remote = remote;
  }

  write(bytes: Uint8Array): boolean {
    this.#pending.push(bytes.slice());
    return this.drained();
  }

  /** True when nothing is left to send. */
  drained(): boolean {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const sent = Math.max(0, this.#socket.write(next));
      if (sent < next.length) {
        this.#pending[0] = next.subarray(sent);
        return false;
      }
      this.#pending.shift();
    }
    this.#socket.flush();
    if (this.#finishing) this.#socket.end();
    return true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Disconnects when everything is sent. */
  finish(): void {
    this.#finishing = true;
    if (this.#pending.length === 0) this.#socket.end();
  }

  /** Sends no more, and still reads. */
  endWriting(): void {
    this.#socket.shutdown();
  }

  abort(): void {
    this.#socket.terminate();
  }
}
