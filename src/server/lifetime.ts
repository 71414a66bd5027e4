/** When a child leaves by itself: idle for long, or used often (MUL-63, 70, 95 to 99). Opens nothing. */
import { startTimer, type Timer } from "../os/clock.ts";

type Limits = Readonly<{ maxIdleSeconds: number; maxUse: number }>;

export class Lifetime {
  readonly #limits: Limits;
  readonly #leave: (reason: string) => void;
  #clients = 0;
  /** Finished connections, not requests: silent clients count, too (MUL-96). */
  #uses = 0;
  #idleTimer: Timer | null = null;

  constructor(limits: Limits, leave: (reason: string) => void) {
    this.#limits = limits;
    this.#leave = leave;
    this.#startIdleTimer();
  }

  clientArrived(): void {
    this.#clients++;
    this.#idleTimer?.cancel();
    this.#idleTimer = null;
  }

  clientLeft(): void {
    this.#clients--;
    this.#uses++;
    if (this.#clients > 0) return;
    if (this.#uses >= this.#limits.maxUse) this.#leave(`served ${this.#uses} clients`);
    else this.#startIdleTimer();
  }

  #startIdleTimer(): void {
    const { maxIdleSeconds } = this.#limits;
    this.#idleTimer = startTimer(maxIdleSeconds, () => this.#leave(`idle for ${maxIdleSeconds} s`));
  }
}
