/**
 * What the children of one service write to standard error, message by message, with the pid of
 * the writer. Datagrams on a non-blocking socket: a child that writes too much loses what does not
 * fit and goes on; it is never held up, nor ended by a signal, not even when we are gone.
 */
import { closeFd, setNonBlocking, socketPair } from "./descriptor.ts";
import { checked, libc } from "./libc.ts";
import { CREDENTIALS_CONTROL_BYTES, SocketMessage } from "./socket-message.ts";

const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const SO_SNDTIMEO = 21;
/** struct timeval. The kernel rounds it up to one tick, a few milliseconds. */
const SHORTEST_TIMEOUT = new BigInt64Array([0n, 1n]);
const MESSAGE_ROOM_BYTES = 8192;

export type StderrMessage = Readonly<{
  pid: number;
  /** What is beyond the first 8 KiB of one write is lost. */
  bytes: Uint8Array;
}>;

export class StderrChannel implements Disposable {
  /** Descriptor 2 of a child. */
  readonly childFd: number;
  /** To be watched for input; `read` empties it. */
  readonly fd: number;
  /** Only credentials find room in it: descriptors that a child sends along are dropped. */
  readonly #message = new SocketMessage({
    payloadBytes: MESSAGE_ROOM_BYTES,
    controlBytes: CREDENTIALS_CONTROL_BYTES,
  });

  constructor() {
    [this.fd, this.childFd] = socketPair("datagram");
    this.afterSpawn();
    // for a child that makes it blocking again, and while the runtime has done so
    const timeout = libc.setsockopt(this.childFd, SOL_SOCKET, SO_SNDTIMEO, SHORTEST_TIMEOUT, 16);
    checked("setsockopt", timeout);
    const on = new Int32Array([1]);
    checked("setsockopt", libc.setsockopt(this.fd, SOL_SOCKET, SO_PASSCRED, on, 4));
  }

  /** Bun.spawn makes what it passes as descriptors 0 to 2 blocking, for everyone who has it. */
  afterSpawn(): void {
    setNonBlocking(this.childFd, true);
  }

  /** Up to `limit` messages that are there now. */
  read(limit: number): StderrMessage[] {
    const messages: StderrMessage[] = [];
    while (messages.length < limit) {
      const bytes = this.#message.receive(this.fd);
      if (bytes === null) break;
      messages.push({ pid: this.#message.senderPid(), bytes });
    }
    return messages;
  }

  close(): void {
    closeFd(this.fd);
    closeFd(this.childFd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
