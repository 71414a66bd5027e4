/**
 * The Worker of readiness.ts, an entry point of its own in the compiled binary. It never returns to
 * an event loop: it is told everything at the start, and through shared memory afterwards.
 */
import { waitForEvents } from "./epoll.ts";
import { libc } from "./libc.ts";
import { takesOutput } from "./poll.ts";
import type { LastWords } from "./readiness.ts";

export type WorkerStart = Readonly<{
  epollFd: number;
  /** Readable when the Worker shall end. */
  wakeFd: number;
  signsOfLife: Int32Array;
  /** JSON, padded with NUL. */
  lastWords: Uint8Array;
  periodMilliseconds: number;
  periodsBeforeEnd: number;
}>;

/** Numbers are pairs of descriptor and token. */
export type FromWorker = "ended" | "alive?" | readonly number[];

declare const self: Worker;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

self.onmessage = ({ data }: MessageEvent<WorkerStart>) => {
  serve(data);
  send("ended");
};

function serve(start: WorkerStart): void {
  const { epollFd, wakeFd, periodMilliseconds } = start;
  const watchdog = new Watchdog(start);
  let periodEnd = performance.now() + periodMilliseconds;
  for (;;) {
    const remaining = Math.max(0, Math.ceil(periodEnd - performance.now()));
    const ready = waitForEvents(epollFd, remaining);
    if (ready.some(({ fd }) => fd === wakeFd)) return;
    if (ready.length > 0) send(ready.flatMap(({ fd, token }) => [fd, token]));
    if (performance.now() < periodEnd) continue;
    watchdog.endPeriod();
    periodEnd = performance.now() + periodMilliseconds;
  }
}

/**
 * Counts periods, not seconds: a process that was stopped for an hour loses one period, and the
 * main loop has the next ones to answer in.
 */
class Watchdog {
  readonly #start: WorkerStart;
  #signsSeen = 0;
  #silentPeriods = -1; // nobody was asked before the first period ends

  constructor(start: WorkerStart) {
    this.#start = start;
  }

  endPeriod(): void {
    const { signsOfLife, periodsBeforeEnd } = this.#start;
    const signs = Atomics.load(signsOfLife, 0);
    this.#silentPeriods = signs === this.#signsSeen ? this.#silentPeriods + 1 : 0;
    this.#signsSeen = signs;
    if (this.#silentPeriods >= periodsBeforeEnd) this.#endProcess();
    send("alive?");
  }

  /** Exits as a fatal error does; nothing of the main thread can be used or waited for. */
  #endProcess(): void {
    const padded = Uint8Array.from(this.#start.lastWords);
    const text = Buffer.from(padded.subarray(0, padded.indexOf(0))).toString("utf8");
    const records: LastWords[] = text === "" ? [] : JSON.parse(text);
    for (const { fd, before, dayPadding, after } of records) {
      const stamp = dayPadding === null ? "" : timeOfDay(new Date(), dayPadding);
      const record = Buffer.from(`${before}${stamp}${after}`);
      if (takesOutput(fd)) libc.write(fd, record, record.length);
    }
    libc._exit(1);
  }
}

function timeOfDay(now: Date, dayPadding: string): string {
  const [hour, minute, second] = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  const day = String(now.getDate()).padStart(2, dayPadding);
  return `${MONTHS[now.getMonth()]} ${day} ${hour}:${minute}:${second}`;
}

function send(message: FromWorker): void {
  self.postMessage(message);
}
