/** The child's side of descriptor 5: reports to the master, and notices when it wants us gone. */
import { adoptSocket } from "../os/adopt.ts";
import { tryLock } from "../os/record-lock.ts";
import { SystemError } from "../os/system-error.ts";
import { writeRecord } from "../os/write-record.ts";
import { STATUS_FD } from "../protocol/descriptors.ts";
import { encodeStatusRecord } from "../protocol/status-record.ts";

export class MasterLink {
  readonly #pid = process.pid;
  readonly #generation: number;

  /** The pid is the one of now, for life (MUL-90). */
  constructor(generation: number) {
    this.#generation = generation;
  }

  /** End of file is all that can come: a reload, a removal, or the master's death (MUL-100). */
  async watch(onGone: () => void): Promise<void> {
    await adoptSocket(STATUS_FD, { data: () => {}, end: onGone, close: onGone, error: onGone });
  }

  /** False when the master does not know us any more (MUL-89). */
  report(status: number): boolean {
    const record = encodeStatusRecord({ pid: this.#pid, generation: this.#generation, status });
    try {
      writeRecord(STATUS_FD, record);
      return true;
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  /** One process of this service and generation at a time gets it, and keeps it until its end. */
  takeTurn(): boolean {
    return tryLock(STATUS_FD);
  }
}
