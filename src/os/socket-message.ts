/** sendmsg(2) and recvmsg(2) with their control data. The layouts are those of 64-bit machines. */
import { addressOf, checked, EAGAIN, EINTR, lastErrno, libc } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** struct msghdr, with the fields that we use. */
const HEADER_BYTES = 56;
const [VECTOR, VECTOR_COUNT, CONTROL, CONTROL_LENGTH] = [16, 24, 32, 40] as const;
const VECTOR_BYTES = 16;
/** struct cmsghdr: length, level, type. */
const CONTROL_HEADER_BYTES = 16;
/** Control data with struct ucred. */
export const CREDENTIALS_CONTROL_BYTES = 32;
/** Control data with one descriptor. */
export const DESCRIPTOR_CONTROL_BYTES = 24;
/** Control data with as many descriptors as the kernel lets into one message, 253. */
export const MOST_DESCRIPTORS_CONTROL_BYTES = 1032;

/**
 * Header, vector, control data and payload in one buffer: the parts point at each other, and what
 * is handed to the kernel keeps all of them alive.
 */
export class SocketMessage {
  readonly #all: Uint8Array;
  readonly #view: DataView;
  readonly #controlOffset = HEADER_BYTES + VECTOR_BYTES;
  readonly #controlBytes: number;
  readonly #payloadOffset: number;

  constructor({ payloadBytes, controlBytes }: { payloadBytes: number; controlBytes: number }) {
    this.#controlBytes = controlBytes;
    this.#payloadOffset = this.#controlOffset + controlBytes;
    this.#all = new Uint8Array(new ArrayBuffer(this.#payloadOffset + payloadBytes));
    this.#view = new DataView(this.#all.buffer);
    const base = addressOf(this.#all);
    this.#view.setBigUint64(HEADER_BYTES, base + BigInt(this.#payloadOffset), true);
    this.#view.setBigUint64(HEADER_BYTES + 8, BigInt(payloadBytes), true);
    this.#view.setBigUint64(VECTOR, base + BigInt(HEADER_BYTES), true);
    this.#view.setBigUint64(VECTOR_COUNT, 1n, true);
    this.#view.setBigUint64(CONTROL, base + BigInt(this.#controlOffset), true);
  }

  /** Does not wait: null when nothing is queued. What does not fit is cut. */
  receive(fd: number): Uint8Array | null {
    for (;;) {
      this.#all.fill(0, this.#controlOffset, this.#payloadOffset);
      this.#view.setBigUint64(CONTROL_LENGTH, BigInt(this.#controlBytes), true);
      const length = libc.recvmsg(fd, this.#all, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      if (length >= 0) return this.#all.slice(this.#payloadOffset, this.#payloadOffset + length);
      const errno = lastErrno();
      if (errno === EAGAIN) return null;
      if (errno !== EINTR) throw new SystemError("recvmsg", errno);
    }
  }

  /** Who sent what was received; 0 when the kernel cannot name it. */
  senderPid(): number {
    return this.#controlValue(SCM_CREDENTIALS) ?? 0;
  }

  /** The first descriptor that came along, close-on-exec; it is ours to close. */
  receivedDescriptor(): number | null {
    return this.#controlValue(SCM_RIGHTS);
  }

  /** All that came along, close-on-exec; they are ours to close. */
  receivedDescriptors(): number[] {
    if (this.receivedDescriptor() === null) return [];
    const at = this.#controlOffset;
    const length = Number(this.#view.getBigUint64(at, true)) - CONTROL_HEADER_BYTES;
    return Array.from({ length: Math.floor(length / 4) }, (_, index) =>
      this.#view.getInt32(at + CONTROL_HEADER_BYTES + index * 4, true),
    );
  }

  /** Send the payload, all NUL, with a descriptor (PRO-25). */
  sendDescriptor(socketFd: number, passedFd: number): void {
    this.sendDescriptors(socketFd, [passedFd]);
  }

  /** No receiver of Postfix's expects more than one; there is room for as many as in controlBytes. */
  sendDescriptors(socketFd: number, passedFds: readonly number[]): void {
    const view = this.#view;
    const at = this.#controlOffset;
    const length = CONTROL_HEADER_BYTES + passedFds.length * 4;
    view.setBigUint64(CONTROL_LENGTH, BigInt(Math.ceil(length / 8) * 8), true);
    view.setBigUint64(at, BigInt(length), true);
    view.setInt32(at + 8, SOL_SOCKET, true);
    view.setInt32(at + 12, SCM_RIGHTS, true);
    for (const [index, fd] of passedFds.entries()) {
      view.setInt32(at + CONTROL_HEADER_BYTES + index * 4, fd, true);
    }
    checked("sendmsg", libc.sendmsg(socketFd, this.#all, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  /** Of the first control message, when it is of this type. */
  #controlValue(type: number): number | null {
    const at = this.#controlOffset;
    const isIt =
      this.#view.getInt32(at + 8, true) === SOL_SOCKET &&
      this.#view.getInt32(at + 12, true) === type;
    return isIt ? this.#view.getInt32(at + CONTROL_HEADER_BYTES, true) : null;
  }
}
