/**
 * A log service that may not be there. A record that nobody takes is lost, for there is nowhere to
 * report that to; the next one tries again. Tells what became of each.
 */
import { DatagramSocket } from "./datagram-socket.ts";
import { SystemError } from "./system-error.ts";

export class LogSocket implements Disposable {
  readonly #path: string;
  #socket: DatagramSocket | null;

  /** Connects now, for after a chroot the path is out of reach (MST-134). */
  constructor(path: string) {
    this.#path = path;
    this.#socket = connect(path);
  }

  /** Null while nobody is there. */
  get fd(): number | null {
    return this.#socket?.fd ?? null;
  }

  send(bytes: Uint8Array): "sent" | "dropped" | "nobody" {
    this.#socket ??= connect(this.#path);
    if (this.#socket === null) return "nobody";
    try {
      return this.#socket.send(bytes);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.close();
      return "nobody";
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function connect(path: string): DatagramSocket | null {
  try {
    return new DatagramSocket(path);
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
