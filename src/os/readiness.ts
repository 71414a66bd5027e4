/**
 * Tells the main loop that a descriptor became readable, without reading from it: the runtime has
 * no such thing. One Worker is blocked in epoll_wait; interest is changed from here, directly.
 * The same Worker is the watchdog (MST-128): it asks for a sign of life and ends the process when
 * none comes. Knows nothing of what the descriptors are.
 */
import { closeFd } from "./descriptor.ts";
import { addInterest, createEpoll, modifyInterest, removeInterest } from "./epoll.ts";
import { checked, libc } from "./libc.ts";
import type { FromWorker, WorkerStart } from "./readiness-worker.ts";

const SIGNS_OF_LIFE_PER_WATCHDOG = 3;
const LAST_WORDS_ROOM_BYTES = 32_768;
const LAST_WORD_CHARACTERS = 2000;
const EFD_CLOEXEC = 0o2000000;
/** In the compiled binary every module has the address of the binary, in src/ its own. */
const COMPILED_ROOT = "file:///$bunfs/";

/**
 * A record that the Worker writes to `fd` before it ends the process, when JavaScript on the main
 * thread no longer runs. The time of day goes between `before` and `after`; null leaves it out.
 */
export type LastWords = Readonly<{
  fd: number;
  before: string;
  dayPadding: " " | "0" | null;
  after: string;
}>;

type Interest = { token: number; armed: boolean; onReady: () => void };

export class Readiness implements Disposable {
  readonly #epollFd = createEpoll();
  readonly #wakeFd = checked("eventfd", libc.eventfd(0, EFD_CLOEXEC));
  readonly #interests = new Map<number, Interest>();
  readonly #signsOfLife = new Int32Array(new SharedArrayBuffer(4));
  readonly #lastWords = new Uint8Array(new SharedArrayBuffer(LAST_WORDS_ROOM_BYTES));
  readonly #worker: Worker;
  #lastToken = 0;

  constructor(options: { watchdogSeconds: number }) {
    addInterest(this.#epollFd, { fd: this.#wakeFd, token: 0 });
    this.#worker = new Worker(workerAddress(), { smol: true });
    this.#worker.onerror = ({ message }) => {
      throw new Error(`the readiness thread ended: ${message}`); // deaf, and without a watchdog
    };
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    const start: WorkerStart = {
      epollFd: this.#epollFd,
      wakeFd: this.#wakeFd,
      signsOfLife: this.#signsOfLife,
      lastWords: this.#lastWords,
      periodMilliseconds: (options.watchdogSeconds * 1000) / SIGNS_OF_LIFE_PER_WATCHDOG,
      periodsBeforeEnd: SIGNS_OF_LIFE_PER_WATCHDOG,
    };
    this.#worker.postMessage(start);
  }

  /** Call once when it is readable; at once when it already was. Repeating is harmless. */
  watch(fd: number, onReady: () => void): void {
    const known = this.#interests.get(fd);
    if (known?.armed === true) {
      known.onReady = onReady;
      return;
    }
    const token = this.#nextToken();
    if (known === undefined) addInterest(this.#epollFd, { fd, token });
    else modifyInterest(this.#epollFd, { fd, token });
    this.#interests.set(fd, { token, armed: true, onReady });
  }

  /**
   * Nothing is delivered for it from now on. Must come before the descriptor is closed: children
   * share its open file description, so the kernel would keep reporting it.
   */
  unwatch(fd: number): void {
    if (this.#interests.delete(fd)) removeInterest(this.#epollFd, fd);
  }

  /** What the watchdog leaves behind in the log. To be renewed when a log destination changes. */
  setLastWords(records: readonly LastWords[]): void {
    const short = records.map((record) => ({
      ...record,
      after: record.after.slice(0, LAST_WORD_CHARACTERS),
    }));
    const text = Buffer.from(JSON.stringify(short));
    if (text.length > LAST_WORDS_ROOM_BYTES) throw new Error(`last words: ${text.length} bytes`);
    this.#lastWords.fill(0);
    this.#lastWords.set(text);
  }

  [Symbol.dispose](): void {
    this.#interests.clear();
    libc.write(this.#wakeFd, new BigUint64Array([1n]), 8); // the Worker answers "ended"
  }

  #receive(message: FromWorker): void {
    Atomics.add(this.#signsOfLife, 0, 1);
    if (message === "ended") return this.#release();
    if (message === "alive?") return;
    for (let index = 0; index + 1 < message.length; index += 2) {
      this.#deliver(message[index] ?? -1, message[index + 1] ?? 0);
    }
  }

  /** A report on its way when interest was withdrawn carries an old token (MST-126). */
  #deliver(fd: number, token: number): void {
    const interest = this.#interests.get(fd);
    if (interest?.token !== token) return;
    interest.armed = false;
    interest.onReady();
  }

  #release(): void {
    closeFd(this.#epollFd);
    closeFd(this.#wakeFd);
    this.#worker.terminate();
  }

  #nextToken(): number {
    this.#lastToken = (this.#lastToken + 1) >>> 0;
    return this.#lastToken;
  }
}

function workerAddress(): URL {
  const compiled = import.meta.url.startsWith(COMPILED_ROOT);
  return new URL(compiled ? "./os/readiness-worker.ts" : "./readiness-worker.ts", import.meta.url);
}
