/**
 * A handle on a child that outlives it (pidfd). The runtime collects the exit status and keeps the
 * bit that says "core dumped" to itself; kernels from 6.15 on tell it to whoever holds the handle.
 */
import { closeFd } from "./descriptor.ts";
import { libc } from "./libc.ts";

const SYS_PIDFD_OPEN = 434; // the same number on every architecture
/** _IOWR(0xff, 11, 64 bytes): see linux/pidfd.h. */
const PIDFD_GET_INFO = 0xc040_ff0bn;
const PIDFD_INFO_BYTES = 64;
const PIDFD_INFO_EXIT = 8n;
const EXIT_CODE_OFFSET = 60;
const CORE_DUMPED = 0x80;

export class ProcessHandle implements Disposable {
  readonly #fd: number;

  /** To be opened before the process is collected. Without one, nothing is known. */
  constructor(pid: number) {
    this.#fd = libc.syscall(SYS_PIDFD_OPEN, pid, 0);
  }

  /** After the process was collected. False also where the kernel does not tell. */
  dumpedCore(): boolean {
    if (this.#fd < 0) return false;
    const info = new Uint8Array(PIDFD_INFO_BYTES);
    const view = new DataView(info.buffer);
    view.setBigUint64(0, PIDFD_INFO_EXIT, true);
    if (libc.ioctl(this.#fd, PIDFD_GET_INFO, info) !== 0) return false;
    const isTold = (view.getBigUint64(0, true) & PIDFD_INFO_EXIT) !== 0n;
    return isTold && (view.getInt32(EXIT_CODE_OFFSET, true) & CORE_DUMPED) !== 0;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) closeFd(this.#fd);
  }
}
