/** poll(2) on one descriptor. */
import { checked, libc } from "./libc.ts";

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

/** Nothing more will come than what is queued: the other end was closed or shut down. */
export function peerHasEnded(fd: number): boolean {
  return (poll(fd, POLLRDHUP, 0) & (POLLRDHUP | POLLHUP | POLLERR)) !== 0;
}

/** Blocks: for a process that has nothing else to do than to wait for another one. */
export function waitForInput(fd: number, milliseconds: number): "data" | "end" | "timeout" {
  const events = poll(fd, POLLIN, milliseconds);
  if (events === 0) return "timeout";
  return (events & POLLIN) === 0 ? "end" : "data";
}

/** What of `events` (and of hang-up and error) is true. */
function poll(fd: number, events: number, milliseconds: number): number {
  const record = new Uint8Array(8);
  const view = new DataView(record.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  checked("poll", libc.poll(record, 1, milliseconds));
  return view.getUint16(6, true);
}
