/** A client that talks to a service in the order that a test says. */
import { waitFor } from "../support/wait-for.ts";

type Address = Readonly<{ hostname: string; port: number }> | Readonly<{ unix: string }>;

export class Conversation implements Disposable {
  readonly #socket: Bun.Socket;
  readonly #state: { received: string; closed: boolean };

  private constructor(socket: Bun.Socket, state: { received: string; closed: boolean }) {
    this.#socket = socket;
    this.#state = state;
  }

  static async open(address: Address): Promise<Conversation> {
    const state = { received: "", closed: false };
    const socket: Bun.SocketHandler<undefined> = {
      data: (_socket, bytes) => void (state.received += bytes.toString("latin1")),
      close: () => void (state.closed = true),
    };
    return new Conversation(await connect(address, socket), state);
  }

  send(text: string): void {
    this.#socket.write(text);
    this.#socket.flush();
  }

  /** What has come back and was not asked for yet. */
  get received(): string {
    return this.#state.received;
  }

  /** Exactly this has come back so far. */
  async receives(text: string): Promise<void> {
    await waitFor(
      () => `${JSON.stringify(text)}, got ${JSON.stringify(this.#state.received)}`,
      () => this.#state.received.length >= text.length,
    );
    if (this.#state.received !== text) throw new Error(`received ${this.#state.received}`);
    this.#state.received = "";
  }

  /** Sends a line and waits for the next one. */
  async ask(line: string, limitMilliseconds?: number): Promise<string> {
    this.send(`${line}\n`);
    return await this.nextLine(limitMilliseconds);
  }

  async nextLine(limitMilliseconds?: number): Promise<string> {
    const line = await waitFor(
      "a line of the service",
      () => {
        if (this.#state.closed && !this.#state.received.includes("\n")) {
          throw new Error("the service has disconnected");
        }
        return /^(.*)\n/.exec(this.#state.received);
      },
      limitMilliseconds,
    );
    this.#state.received = this.#state.received.slice(line[0].length);
    return line[1] ?? "";
  }

  get isClosed(): boolean {
    return this.#state.closed;
  }

  /** Sends no more, and still reads. */
  endWriting(): void {
    this.#socket.shutdown();
  }

  async isDisconnected(): Promise<void> {
    await waitFor("the server to disconnect", () => this.#state.closed);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

function connect(address: Address, socket: Bun.SocketHandler<undefined>): Promise<Bun.Socket> {
  return "unix" in address
    ? Bun.connect<undefined>({ ...address, socket })
    : Bun.connect<undefined>({ ...address, socket });
}
