/** One connection of a mail server to an anvil: one request, one reply. */
import type { Socket, SocketHandler } from "bun";

import { within } from "../../support/wait-for.ts";

export const GREETING = "protocol=anvil_protocol\n\n";

export class AnvilSession implements Disposable {
  #received = "";
  #closed = false;
  #wake: () => void = () => {};
  #socket: Socket<undefined> | null = null;

  private constructor() {}

  /** Returns when the greeting has come. */
  static async open(path: string): Promise<AnvilSession> {
    const session = new AnvilSession();
    const socket: SocketHandler<undefined> = {
      data: (_, bytes) => {
        session.#received += bytes.toString("latin1");
        session.#wake();
      },
      close: () => {
        session.#closed = true;
        session.#wake();
      },
      error: () => {},
    };
    session.#socket = await Bun.connect({ unix: path, socket });
    const greeting = await session.reply();
    if (greeting !== GREETING) throw new Error(`greeted with ${JSON.stringify(greeting)}`);
    return session;
  }

  /** Sends bytes, one for each character. */
  send(text: string): void {
    this.#socket?.write(Buffer.from(text, "latin1"));
  }

  /** The next reply with its empty line; what came last, if anything, when there is no more. */
  async reply(): Promise<string> {
    await this.#until("a reply", () => this.#closed || this.#received.endsWith("\n\n"));
    return this.#take();
  }

  ask(request: string, ident: string): Promise<string> {
    this.send(`request=${request}\nident=${ident}\n\n`);
    return this.reply();
  }

  /** What the server says until it disconnects. */
  async rest(): Promise<string> {
    await this.#until("the end of the connection", () => this.#closed);
    return this.#take();
  }

  /** We send no more, and the server disconnects: what it still says. */
  leave(): Promise<string> {
    this.#socket?.shutdown();
    return this.rest();
  }

  [Symbol.dispose](): void {
    this.#socket?.terminate();
  }

  #take(): string {
    const text = this.#received;
    this.#received = "";
    return text;
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = () => {
      if (holds()) resolve();
    };
    await within(`${what}, got ${JSON.stringify(this.#received)}`, promise);
  }
}
