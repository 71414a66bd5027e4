/** accept(2) for listeners that the runtime does not watch. */
import { constants } from "node:fs";

import { lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const FLAGS = constants.O_NONBLOCK | 0o2000000; // SOCK_NONBLOCK and SOCK_CLOEXEC
/**
 * Normal where several processes compete for one connection, or a client has gone again (MUL-73):
 * EINTR, EAGAIN, EPROTO, ENETDOWN, ENETUNREACH, ECONNABORTED, ECONNRESET, ENOBUFS, ENOTCONN,
 * ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH.
 */
const HARMLESS = [4, 11, 71, 100, 101, 103, 104, 105, 107, 111, 112, 113];

/** Non-blocking and close-on-exec; null when there is nobody to accept. */
export function acceptConnection(listenerFd: number): number | null {
  const fd = libc.accept4(listenerFd, null, null, FLAGS);
  if (fd >= 0) return fd;
  const errno = lastErrno();
  if (HARMLESS.includes(errno)) return null;
  throw new SystemError("accept", errno);
}
