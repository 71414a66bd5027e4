/**
 * How long a client may take for what is asked of it. Most requests are answered at once, so a timer
 * that runs is left running and looks again when it expires. Opens nothing.
 */
import type { Clock, Timer } from "./service.ts";

export class Patience {
  readonly #clock: Clock;
  readonly #limitSeconds: number;
  readonly #onExpired: () => void;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: Timer | null = null;

  constructor(clock: Clock, limitSeconds: number, onExpired: () => void) {
    this.#clock = clock;
    this.#limitSeconds = limitSeconds;
    this.#onExpired = onExpired;
  }

  start(): void {
    this.#deadline = this.#clock.seconds() + this.#limitSeconds;
    if (this.#timer === null) this.#look(this.#limitSeconds);
  }

  stop(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  end(): void {
    this.stop();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(seconds: number): void {
    this.#timer = this.#clock.after(seconds, () => {
      this.#timer = null;
      const left = this.#deadline - this.#clock.seconds();
      if (left <= 0) this.#onExpired();
      else if (Number.isFinite(left)) this.#look(left);
    });
  }
}
