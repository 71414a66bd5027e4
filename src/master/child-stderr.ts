/**
 * What the children of one service write to standard error, as log records (child_stderr = log).
 * A child is never held up by it: what comes too fast is dropped here and counted.
 */
import { startTimer, type Timer } from "../os/clock.ts";
import type { Readiness } from "../os/readiness.ts";
import { StderrChannel } from "../os/stderr-channel.ts";
import type { LimitedLog } from "./limited-log.ts";

/** Longer lines are logged in pieces. */
const LINE_BYTES = 1000;
/** At most so many messages at a time, so that a flood cannot keep the main loop busy. */
const MESSAGES_AT_ONCE = 256;
/** And after as many, the next look is this much later. */
const FLOOD_PAUSE_SECONDS = 0.1;
/** Writers that never end a line; only children and what they start can be among them. */
const WRITERS_REMEMBERED = 1000;

type Writer = { unfinished: string; lastLine: string | null };

export class ChildStderr {
  readonly #channel = new StderrChannel();
  readonly #writers = new Map<number, Writer>();
  readonly #serviceName: string;
  readonly #readiness: Readiness;
  readonly #log: LimitedLog;
  #pause: Timer | null = null;

  constructor(serviceName: string, readiness: Readiness, log: LimitedLog) {
    this.#serviceName = serviceName;
    this.#readiness = readiness;
    this.#log = log;
    this.#watch();
  }

  get childFd(): number {
    return this.#channel.childFd;
  }

  /** To be called after every spawn that was given `childFd`. */
  afterSpawn(): void {
    this.#channel.afterSpawn();
  }

  /** Returns how many messages there were. */
  read(): number {
    const messages = this.#channel.read(MESSAGES_AT_ONCE);
    for (const { pid, bytes } of messages) this.#take(pid, Buffer.from(bytes).toString("latin1"));
    return messages.length;
  }

  /** For a child that has ended: its last line, finished or not. Forgets the child. */
  takeLastLine(pid: number): string | null {
    const writer = this.#writers.get(pid);
    if (writer === undefined) return null;
    if (writer.unfinished !== "") this.#line(pid, writer, writer.unfinished);
    this.#writers.delete(pid);
    return writer.lastLine;
  }

  close(): void {
    this.#pause?.cancel();
    this.#readiness.unwatch(this.#channel.fd);
    this.#channel.close();
  }

  #watch(): void {
    this.#readiness.watch(this.#channel.fd, () => this.#ready());
  }

  #ready(): void {
    if (this.read() < MESSAGES_AT_ONCE) return this.#watch();
    this.#pause = startTimer(FLOOD_PAUSE_SECONDS, () => this.#ready());
  }

  #take(pid: number, text: string): void {
    const writer = this.#writers.get(pid) ?? { unfinished: "", lastLine: null };
    this.#writers.delete(pid);
    this.#writers.set(pid, writer); // now the youngest
    const lines = (writer.unfinished + text).split("\n");
    writer.unfinished = lines.pop() ?? "";
    for (const line of lines) this.#line(pid, writer, line);
    while (writer.unfinished.length >= LINE_BYTES) {
      this.#line(pid, writer, writer.unfinished.slice(0, LINE_BYTES));
      writer.unfinished = writer.unfinished.slice(LINE_BYTES);
    }
    if (this.#writers.size > WRITERS_REMEMBERED) this.#forgetOldest();
  }

  #line(pid: number, writer: Writer, line: string): void {
    const text = line.trimEnd();
    if (text === "") return;
    writer.lastLine = text;
    this.#log.warning(
      `stderr of ${this.#serviceName}`,
      `service ${this.#serviceName} pid ${pid} standard error: ${text.slice(0, LINE_BYTES)}`,
    );
  }

  #forgetOldest(): void {
    const [oldest] = this.#writers.keys();
    if (oldest !== undefined) this.takeLastLine(oldest);
  }
}
