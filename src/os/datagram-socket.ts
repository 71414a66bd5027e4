/** A local socket that takes one record at a time: syslog, postlogd, a service manager. */
import { constants } from "node:fs";

import { closeFd } from "./descriptor.ts";
import { checked, EAGAIN, lastErrno, libc } from "./libc.ts";
import { AF_UNIX, unixAddress } from "./socket-address.ts";
import { SystemError } from "./system-error.ts";

const SOCK_DGRAM = 2;
const SOCK_FLAGS = constants.O_NONBLOCK | 0o2000000; // SOCK_NONBLOCK and SOCK_CLOEXEC
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const ENOBUFS = 105;
/** The receiver was restarted: its path leads to a new socket now. */
const GONE = [107, 111]; // ENOTCONN, ECONNREFUSED

/** Connected at once, so that it goes on working after a chroot (MST-134). */
export class DatagramSocket implements Disposable {
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.#path = path;
    this.#fd = checked("socket", libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_FLAGS, 0));
    try {
      this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#fd;
  }

  /** "dropped": the receiver is there but does not keep up. Throws when nobody is there. */
  send(bytes: Uint8Array): "sent" | "dropped" {
    const errno = this.#trySend(bytes);
    if (errno === null) return "sent";
    if (errno === EAGAIN || errno === ENOBUFS) return "dropped";
    if (!GONE.includes(errno)) throw new SystemError("send", errno, this.#path);
    this.#connect();
    const again = this.#trySend(bytes);
    if (again === null) return "sent";
    if (again === EAGAIN || again === ENOBUFS) return "dropped";
    throw new SystemError("send", again, this.#path);
  }

  close(): void {
    closeFd(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #connect(): void {
    const { bytes } = unixAddress(this.#path);
    checked("connect", libc.connect(this.#fd, bytes, bytes.length), this.#path);
  }

  /** The errno, or null. */
  #trySend(bytes: Uint8Array): number | null {
    const result = libc.send(this.#fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return result === -1 ? lastErrno() : null;
  }
}
