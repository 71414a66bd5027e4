/**
 * The channel on which all children of one service generation report (design: a SOCK_SEQPACKET
 * pair, so that one child's short write shifts nobody else's record). Knows no record layout.
 */
import { closeFd, socketPair } from "./descriptor.ts";
import { checked, EAGAIN, EINTR, lastErrno, libc } from "./libc.ts";
import { peerHasEnded } from "./poll.ts";
import type { Readiness } from "./readiness.ts";
import { SystemError } from "./system-error.ts";

const MSG_DONTWAIT = 0x40;
const SHUT_WR = 1;
const FIONREAD = 0x541b;
const RECORD_ROOM_BYTES = 4096;
/** More than a socket buffer of empty messages: what is queued now is among the next so many. */
const DRAIN_LIMIT = 1024;
const SHUT_DOWN = "shut down by a child";

type Options = Readonly<{
  /** The runtime's own sockets would wake an idle process every second. */
  readiness: Readiness;
  /** One message of a child, as it was written. Longer than `RECORD_ROOM_BYTES` is cut. */
  onRecord: (bytes: Uint8Array) => void;
  /** A child shut the channel down for everyone: no further record comes. Called at most once. */
  onBroken: (reason: string) => void;
}>;

export class StatusChannel implements Disposable {
  /** Descriptor 5 of a child. The master keeps it open, or it would see end of file itself. */
  readonly childFd: number;
  readonly #masterFd: number;
  readonly #options: Options;
  readonly #room = new Uint8Array(RECORD_ROOM_BYTES);
  #state: "open" | "retired" | "broken" | "closed" = "open";

  constructor(options: Options) {
    this.#options = options;
    [this.#masterFd, this.childFd] = socketPair("seqpacket");
    try {
      this.#watch();
    } catch (error) {
      closeFd(this.#masterFd);
      closeFd(this.childFd);
      throw error;
    }
  }

  /** The master's end and the children's. */
  get fds(): readonly [number, number] {
    return [this.#masterFd, this.childFd];
  }

  /**
   * Deliver now what is queued. To be called before an exit is handled, or a child that served one
   * client and then failed looks like a bad start-up.
   */
  drain(): void {
    for (let count = 0; count < DRAIN_LIMIT && this.#reads(); count++) {
      const length = libc.recv(this.#masterFd, this.#room, this.#room.length, MSG_DONTWAIT);
      if (length < 0 && !this.#mayContinue()) return this.#noticeShutdown();
      if (length < 0) continue;
      if (length === 0 && this.#isAtEnd()) return this.#break(SHUT_DOWN);
      this.#options.onRecord(this.#room.slice(0, length));
    }
  }

  /** Children see end of file at once and leave; what they still write is delivered (MST-61). */
  retire(): void {
    if (this.#state === "closed" || this.#state === "retired") return;
    checked("shutdown", libc.shutdown(this.#masterFd, SHUT_WR));
    if (this.#state === "open") this.#state = "retired";
  }

  /** Children that are still there see end of file too. Nothing is delivered afterwards. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#options.readiness.unwatch(this.#masterFd);
    closeFd(this.#masterFd);
    closeFd(this.childFd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #reads(): boolean {
    return this.#state === "open" || this.#state === "retired";
  }

  #watch(): void {
    this.#options.readiness.watch(this.#masterFd, () => {
      this.drain();
      if (this.#reads()) this.#watch();
    });
  }

  #mayContinue(): boolean {
    const errno = lastErrno();
    if (errno === EINTR) return true;
    if (errno === EAGAIN) return false;
    throw new SystemError("recv", errno);
  }

  /** An empty message reads like the end; only the end leaves nothing behind it. */
  #isAtEnd(): boolean {
    return peerHasEnded(this.#masterFd) && this.#queuedBytes() === 0;
  }

  /** A child that shut down its reading side sends every sibling home: only their end shows it. */
  #noticeShutdown(): void {
    if (this.#state === "open" && peerHasEnded(this.childFd)) this.#break(SHUT_DOWN);
  }

  #queuedBytes(): number {
    const count = new Int32Array(1);
    checked("ioctl", libc.ioctl(this.#masterFd, FIONREAD, count));
    return count[0] ?? 0;
  }

  #break(reason: string): void {
    if (!this.#reads()) return;
    this.#state = "broken";
    this.#options.readiness.unwatch(this.#masterFd);
    this.#options.onBroken(reason);
  }
}
