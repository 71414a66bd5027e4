/** When a child leaves by itself: idle for long, or used often (MUL-63, 70, 95 to 99). Opens nothing. */
import type { Clock, Limits, Timer } from "./service.ts";

const TURN_RETRY_SECONDS = 1;

type Options = Readonly<{
  /** As they are now: 0 is no limit. */
  limits: Readonly<Limits>;
  minAgeSeconds: number;
  clock: Clock;
  /** Nobody is connected. */
  leave(reason: string): void;
  /** Somebody is; false while it is another process's turn. */
  retire(reason: string): boolean;
}>;

export class Lifetime {
  readonly #options: Options;
  readonly #bornSeconds: number;
  #clients = 0;
  /** Finished connections, not requests: silent clients count, too (MUL-96). */
  #uses = 0;
  #idleTimer: Timer | null = null;
  #retireTimer: Timer | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#bornSeconds = options.clock.seconds();
    this.#startIdleTimer();
  }

  get clients(): number {
    return this.#clients;
  }

  clientArrived(): void {
    this.#clients++;
    this.#idleTimer?.cancel();
    this.#idleTimer = null;
  }

  clientLeft(): void {
    this.#clients--;
    this.#uses++;
    if (this.#isUsedUp()) this.#useUp();
    else if (this.#clients === 0) this.#startIdleTimer();
  }

  #isUsedUp(): boolean {
    const { maxUse } = this.#options.limits;
    return maxUse > 0 && this.#uses >= maxUse;
  }

  /** Looked at when the pass is over: a client that came in it is served (MUL-67, MUL-68). */
  #useUp(): void {
    if (this.#clients > 0) return this.#retireInTime();
    setImmediate(() => {
      if (this.#clients === 0) this.#options.leave(`served ${this.#uses} clients`);
    });
  }

  /** The original serves on while anyone is connected, which a busy process always has (MUL-98). */
  #retireInTime(): void {
    if (this.#retireTimer !== null) return;
    const { clock, minAgeSeconds, retire } = this.#options;
    const attempt = (): void => {
      if (retire(`served ${this.#uses} clients`)) return;
      this.#retireTimer = clock.after(TURN_RETRY_SECONDS, attempt);
    };
    const age = clock.seconds() - this.#bornSeconds;
    this.#retireTimer = clock.after(Math.max(0, minAgeSeconds - age), attempt);
  }

  #startIdleTimer(): void {
    const { limits, clock, leave } = this.#options;
    const { maxIdleSeconds } = limits;
    if (maxIdleSeconds <= 0) return;
    this.#idleTimer = clock.after(maxIdleSeconds, () =>
      leave(`idle for ${Number(maxIdleSeconds.toFixed(1))} s`),
    );
  }
}

/**
 * So that children that were started together do not leave together. What is promised holds: never
 * more clients than max_use, never idle for less than max_idle.
 */
export function spreadLimits(limits: Limits, percent: number, random: () => number): Limits {
  const share = (Math.max(0, percent) / 100) * random();
  return {
    maxUse: limits.maxUse - Math.floor(limits.maxUse * share * (1 - Number.EPSILON)),
    maxIdleSeconds: limits.maxIdleSeconds * (1 + share),
  };
}
