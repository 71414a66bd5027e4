/**
 * A lock among the processes that share a descriptor. The kernel keeps record locks by inode, and a
 * socket has one: so siblings in a jail without a file in common can still take turns.
 */
import { addressOf, EAGAIN, lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const F_SETLK = 6;
const F_WRLCK = 1;
const EACCES = 13;
/** struct flock of 64-bit machines; type first, and all that follows is 0: the whole file. */
const FLOCK_BYTES = 32;

/** Never waits. Ours until we close any descriptor of that socket, or end. */
export function tryLock(fd: number): boolean {
  const lock = new Uint8Array(FLOCK_BYTES);
  new DataView(lock.buffer).setInt16(0, F_WRLCK, true);
  if (libc.fcntl(fd, F_SETLK, addressOf(lock)) === 0) return true;
  const errno = lastErrno();
  if (errno === EAGAIN || errno === EACCES) return false;
  throw new SystemError("fcntl", errno, `${fd}`);
}
