/** poll(2) on one descriptor. */
import { EINTR, lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const POLLIN = 1;
const POLLOUT = 4;
const POLLERR = 8;
const POLLHUP = 16;
const POLLRDHUP = 0x2000;
const OUTPUT_PATIENCE_MILLISECONDS = 1000;

/** Blocks for up to a second: for a process that is about to end. */
export function takesOutput(fd: number): boolean {
  return poll(fd, POLLOUT, OUTPUT_PATIENCE_MILLISECONDS) === POLLOUT;
}

/** A pipe takes at least a page then, so one short line never blocks. */
export function takesOutputNow(fd: number): boolean {
  return (poll(fd, POLLOUT, 0) & POLLOUT) !== 0;
}

/** Nothing more will come than what is queued: the other end was closed or shut down. */
export function peerHasEnded(fd: number): boolean {
  return (poll(fd, POLLRDHUP, 0) & (POLLRDHUP | POLLHUP | POLLERR)) !== 0;
}

/** Blocks. A pipe with something in it and nobody left to write more has "data". */
export function waitForInput(fd: number, milliseconds: number): "data" | "end" | "timeout" {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const remaining = Math.max(0, Math.ceil(deadline - performance.now()));
    const events = poll(fd, POLLIN, remaining);
    if ((events & POLLIN) !== 0) return "data";
    if (events !== 0) return "end";
    if (performance.now() >= deadline) return "timeout";
  }
}

/** What of `events` (and of hang-up and error) is true. */
function poll(fd: number, events: number, milliseconds: number): number {
  const record = new Uint8Array(8);
  const view = new DataView(record.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  if (libc.poll(record, 1, milliseconds) === -1) {
    const errno = lastErrno();
    if (errno === EINTR) return 0;
    throw new SystemError("poll", errno);
  }
  return view.getUint16(6, true);
}
