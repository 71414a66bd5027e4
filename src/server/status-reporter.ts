/**
 * Tells the master whether this process is taken (MUL-87): before the first service call of a pass of
 * the event loop and after the last, so that a pass costs one pair of records at most. Says nothing
 * that cannot change what the master does.
 */
import { STATUS_IDLE, STATUS_RETIRING, STATUS_TAKEN } from "../protocol/status-record.ts";

type Options = Readonly<{
  /** False when the master does not know us any more. */
  report(status: number): boolean;
  /** The process limit is 1: after the first pair, which shows a good start, nothing follows from more. */
  isOnlyProcess: boolean;
  /** The master understands that a retiring process no longer counts against the limit (D17). */
  mayFreeSlot: boolean;
  onMasterGone: () => void;
  /** After each pass of the event loop in which something was computed; null when nobody asks. */
  onPassEnd: (() => void) | null;
}>;

export class StatusReporter {
  readonly #options: Options;
  #taken = false;
  /** Taken beyond the end of the pass: full, or at work for its one client. */
  #held = false;
  #passIsOpen = false;
  #isSilent = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** As the master sees it. */
  get isTaken(): boolean {
    return this.#taken;
  }

  /** To be called before each service call. */
  computing(): void {
    if (this.#isSilent && this.#options.onPassEnd === null) return;
    this.#take();
    if (this.#passIsOpen || (this.#isSilent && this.#options.onPassEnd === null)) return;
    this.#passIsOpen = true;
    setImmediate(() => this.#endPass());
  }

  /** While it lasts, clients that wait are for others. */
  hold(on: boolean): void {
    if (on === this.#held) return;
    this.#held = on;
    if (on) this.#take();
    else this.computing(); // idle again at the end of this pass
  }

  /** The last record of this process: without a way to say it, it stays taken (D17). */
  retire(): void {
    if (this.#options.mayFreeSlot) this.#options.report(STATUS_RETIRING);
    else this.#take();
    this.#isSilent = true;
  }

  /** A failure does not matter: the request was accepted and is served (MUL-88). */
  #take(): void {
    if (this.#taken || this.#isSilent) return;
    this.#taken = true;
    this.#options.report(STATUS_TAKEN);
  }

  #endPass(): void {
    this.#passIsOpen = false;
    if (this.#taken && !this.#held && !this.#isSilent) {
      this.#taken = false;
      this.#isSilent = this.#options.isOnlyProcess;
      if (!this.#options.report(STATUS_IDLE)) this.#options.onMasterGone();
    }
    this.#options.onPassEnd?.();
  }
}
