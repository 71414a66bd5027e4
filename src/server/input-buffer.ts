/** Bytes that came and were not read yet, in one piece. Knows nothing of requests. */

const SMALLEST_BYTES = 256;
/** What an idle client may keep. */
const IDLE_BYTES = 16 * 1024;

export class InputBuffer {
  #room = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Valid until the next change. */
  get bytes(): Uint8Array {
    return this.#room.subarray(this.#start, this.#end);
  }

  /** Copies: what the runtime hands over is reused after the call. */
  append(bytes: Uint8Array): void {
    if (this.#room.length - this.#end < bytes.length) this.#makeRoom(bytes.length);
    this.#room.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  consume(count: number): void {
    this.#start += count;
    if (this.#start < this.#end) return;
    this.#start = 0;
    this.#end = 0;
    if (this.#room.length > IDLE_BYTES) this.#room = new Uint8Array(0);
  }

  /** Doubles, so that a client that sends byte by byte does not make us copy each time. */
  #makeRoom(count: number): void {
    const kept = this.bytes;
    const needed = kept.length + count;
    const fits = needed <= this.#room.length && kept.length <= this.#room.length / 2;
    const room = fits ? this.#room : new Uint8Array(Math.max(SMALLEST_BYTES, needed * 2));
    room.set(kept);
    this.#room = room;
    this.#start = 0;
    this.#end = kept.length;
  }
}
