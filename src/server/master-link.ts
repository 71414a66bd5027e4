/** The child's side of descriptor 5: reports to the master, and notices when it wants us gone. */
import { adoptSocket } from "../os/adopt.ts";
import { SystemError } from "../os/system-error.ts";
import { writeRecord } from "../os/write-record.ts";
import { STATUS_FD } from "../protocol/descriptors.ts";
import { encodeStatusRecord, STATUS_IDLE, STATUS_TAKEN } from "../protocol/status-record.ts";

export class MasterLink {
  readonly #taken: Uint8Array;
  readonly #idle: Uint8Array;
  readonly #onGone: () => void;

  /** The pid is the one of now, for life (MUL-90). */
  constructor(generation: number, onGone: () => void) {
    const { pid } = process;
    this.#taken = encodeStatusRecord({ pid, generation, status: STATUS_TAKEN });
    this.#idle = encodeStatusRecord({ pid, generation, status: STATUS_IDLE });
    this.#onGone = onGone;
  }

  /** End of file is all that can come: a reload, a removal, or the master's death (MUL-100). */
  async watch(): Promise<void> {
    const gone = () => this.#onGone();
    await adoptSocket(STATUS_FD, { data: () => {}, end: gone, close: gone, error: gone });
  }

  /** A failure does not matter: the request was accepted and is served (MUL-88). */
  reportTaken(): void {
    this.#report(this.#taken);
  }

  /** A failure means that the master does not know us any more (MUL-89). */
  reportIdle(): void {
    if (!this.#report(this.#idle)) this.#onGone();
  }

  #report(record: Uint8Array): boolean {
    try {
      writeRecord(STATUS_FD, record);
      return true;
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
  }
}
