/** One status channel and how many living children were born with it (design D15b). */
import { StatusChannel } from "../os/status-channel.ts";

type Listeners = ConstructorParameters<typeof StatusChannel>[0];

/** Retired, its children see end of file; it is read until the last of them is gone. */
export class Generation {
  readonly channel: StatusChannel;
  #living = 0;
  #retired = false;

  constructor(listeners: Listeners) {
    this.channel = new StatusChannel(listeners);
  }

  get isUnused(): boolean {
    return this.#living === 0;
  }

  enter(): void {
    this.#living++;
  }

  leave(): void {
    this.#living--;
    this.#closeWhenUnused();
  }

  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.channel.retire();
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (this.#retired && this.#living === 0) this.channel.close();
  }
}
