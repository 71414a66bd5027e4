/** Our anvil without sockets and processes, in a time that the test advances. */
import type { Connection, Limits } from "../../../src/server/service.ts";
import { createAnvil } from "../../../src/services/anvil/anvil.ts";

type Anvil = ReturnType<typeof createAnvil>;
type Surroundings = Parameters<Anvil["onData"]>[2];

type Options = Readonly<{
  parameters?: Partial<Surroundings["parameters"]>;
  words?: readonly string[];
  limits?: Limits;
}>;

/** A day with one digit, to see its padding. */
const START = new Date(2026, 10, 5, 8, 9, 10);

export class PretendedAnvil {
  readonly log: string[] = [];
  readonly limits: Limits;
  #seconds = 0;
  readonly #timers = new Map<object, { due: number; run: () => void }>();
  readonly #anvil = createAnvil();
  readonly #context: Surroundings;

  constructor({ parameters = {}, words = [], limits }: Options = {}) {
    this.limits = limits ?? { maxUse: 100, maxIdleSeconds: 100 };
    this.#context = {
      name: "anvil",
      words,
      parameters: {
        anvil_rate_time_unit: 60,
        anvil_status_update_time: 600,
        ipc_timeout: 3600,
        ...parameters,
      },
      log: {
        info: (text) => this.log.push(text),
        warn: (text) => this.log.push(`warning: ${text}`),
        error: (text) => this.log.push(`error: ${text}`),
        verbose: () => {},
      },
      clock: {
        seconds: () => this.#seconds,
        now: () => new Date(START.getTime() + this.#seconds * 1000),
        after: (seconds, run) => {
          const timer = { cancel: () => void this.#timers.delete(timer) };
          this.#timers.set(timer, { due: this.#seconds + seconds, run });
          return timer;
        },
      },
      limits: this.limits,
      drain: () => {},
    };
    void this.#anvil.afterJail?.(this.#context);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Every timer that becomes due on the way runs at its time. */
  advance(seconds: number): void {
    const end = this.#seconds + seconds;
    for (;;) {
      const [next] = [...this.#timers].toSorted(([, a], [, b]) => a.due - b.due);
      if (next === undefined || next[1].due > end) break;
      this.#timers.delete(next[0]);
      this.#seconds = Math.max(this.#seconds, next[1].due);
      next[1].run();
    }
    this.#seconds = end;
  }

  connect(options: { greeted: boolean } = { greeted: true }): PretendedClient {
    return new PretendedClient(this.#anvil, this.#context, options.greeted);
  }

  exit(): void {
    this.#anvil.onExit?.(this.#context);
  }
}

export class PretendedClient {
  isDisconnected = false;
  /** Everything that came with one write each. */
  readonly writes: string[] = [];
  readonly #anvil: Anvil;
  readonly #context: Surroundings;
  readonly #connection: Connection;

  constructor(anvil: Anvil, context: Surroundings, greeted: boolean) {
    this.#anvil = anvil;
    this.#context = context;
    this.#connection = {
      remote: null,
      state: undefined,
      write: (data) => void this.writes.push(String(data)),
      end: () => this.disconnect(),
    };
    if (greeted) anvil.onConnect?.(this.#connection, context, null);
  }

  /** What came back for it. */
  send(text: string): string {
    const before = this.writes.length;
    this.#anvil.onData(this.#connection, Buffer.from(text, "latin1"), this.#context);
    return this.writes.slice(before).join("");
  }

  /** The fields of the reply, the status first. */
  ask(request: string, ident: string): string {
    const reply = this.send(`request=${request}\nident=${ident}\n\n`);
    return reply.trimEnd().replaceAll("\n", " ");
  }

  disconnect(): void {
    if (this.isDisconnected) return;
    this.isDisconnected = true;
    this.#anvil.onDisconnect?.(this.#connection, this.#context);
  }
}
