/** epoll(7): the layout of its event and the calls on it. Knows nothing of threads. */
import { checked, EINTR, lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLONESHOT = 1 << 30;

/** struct epoll_event is packed on x86-64 only; its data is then at 4 and not at 8. */
const DATA_OFFSET = process.arch === "x64" ? 4 : 8;
const EVENT_BYTES = DATA_OFFSET + 8;
const EVENTS_PER_CALL = 64;

/** `token` tells this interest from an earlier one in the same descriptor number. */
export type Ready = Readonly<{ fd: number; token: number }>;

export function createEpoll(): number {
  return checked("epoll_create1", libc.epoll_create1(EPOLL_CLOEXEC));
}

/** One-shot read interest: after one report it sleeps until `modifyInterest`. */
export function addInterest(epollFd: number, ready: Ready): void {
  control(epollFd, EPOLL_CTL_ADD, ready);
}

export function modifyInterest(epollFd: number, ready: Ready): void {
  control(epollFd, EPOLL_CTL_MOD, ready);
}

export function removeInterest(epollFd: number, fd: number): void {
  control(epollFd, EPOLL_CTL_DEL, { fd, token: 0 });
}

function control(epollFd: number, operation: number, { fd, token }: Ready): void {
  const event = new Uint8Array(EVENT_BYTES);
  const view = new DataView(event.buffer);
  view.setUint32(0, EPOLLIN | EPOLLONESHOT, true);
  view.setUint32(DATA_OFFSET, fd, true);
  view.setUint32(DATA_OFFSET + 4, token, true);
  checked("epoll_ctl", libc.epoll_ctl(epollFd, operation, fd, event), `${fd}`);
}

/** Blocks the calling thread. Empty after `milliseconds`, or when a signal came between. */
export function waitForEvents(epollFd: number, milliseconds: number): Ready[] {
  const events = new Uint8Array(EVENT_BYTES * EVENTS_PER_CALL);
  const count = libc.epoll_wait(epollFd, events, EVENTS_PER_CALL, milliseconds);
  if (count < 0) {
    const errno = lastErrno();
    if (errno === EINTR) return [];
    throw new SystemError("epoll_wait", errno);
  }
  const view = new DataView(events.buffer);
  return Array.from({ length: count }, (_, index) => {
    const at = index * EVENT_BYTES + DATA_OFFSET;
    return { fd: view.getUint32(at, true), token: view.getUint32(at + 4, true) };
  });
}
