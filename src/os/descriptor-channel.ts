/** One end of a connection on which a descriptor comes, and bytes after it (PRO-25, PRO-26). */
import { closeFd } from "./descriptor.ts";
import { EAGAIN, EINTR, lastErrno, libc } from "./libc.ts";
import { MOST_DESCRIPTORS_CONTROL_BYTES, SocketMessage } from "./socket-message.ts";
import { SystemError } from "./system-error.ts";

const MSG_DONTWAIT = 0x40;

/** `descriptors` are close-on-exec, and the receiver's to close. */
export type DescriptorMessage = Readonly<{ length: number; descriptors: readonly number[] }>;

/** Reads one byte, with what comes along; null when nothing is there yet. Length 0 is the end. */
export function receiveDescriptors(fd: number): DescriptorMessage | null {
  const message = new SocketMessage({
    payloadBytes: 1,
    controlBytes: MOST_DESCRIPTORS_CONTROL_BYTES,
  });
  const payload = message.receive(fd);
  if (payload === null) return null;
  return { length: payload.length, descriptors: message.receivedDescriptors() };
}

/** Does not wait: null when nothing is there yet. Empty is the end. */
export function receiveBytes(fd: number, most: number): Uint8Array | null {
  const room = new Uint8Array(most);
  for (;;) {
    const length = libc.recv(fd, room, most, MSG_DONTWAIT);
    if (length >= 0) return room.subarray(0, length);
    const errno = lastErrno();
    if (errno === EAGAIN) return null;
    if (errno !== EINTR) throw new SystemError("recv", errno);
  }
}

export function closeAll(descriptors: readonly number[]): void {
  for (const fd of descriptors) closeFd(fd);
}
