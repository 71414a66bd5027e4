/** `context.drain()` may be called before there is anything to drain: in a hook before serving. */

export class DrainRequest {
  #requested = false;
  #act: (() => void) | null = null;

  /** A second call does nothing. */
  request(): void {
    if (this.#requested) return;
    this.#requested = true;
    this.#act?.();
  }

  /** At once when it has been requested already. */
  onRequest(act: () => void): void {
    this.#act = act;
    if (this.#requested) act();
  }
}
