/** Talks to a serving probe: one command a line, one line back (probe.c). */
import type { Socket, SocketHandler } from "bun";

import { within } from "./wait-for.ts";

export type Address = Readonly<{ unix: string } | { hostname: string; port: number }>;

export class ProbeClient implements Disposable {
  private received = "";
  /** What the kernel did not take yet. */
  private unsent = Buffer.alloc(0);
  /** Commands whose answer was not read yet. */
  private unread = 0;
  private closed = false;
  private wake = Promise.withResolvers<void>();
  private socket: Socket | undefined;

  private constructor() {}

  /** The kernel completes the connection; a child need not be there yet. */
  static async connect(address: Address): Promise<ProbeClient> {
    const client = new ProbeClient();
    const socket: SocketHandler<undefined> = {
      data: (_, bytes) => {
        client.received += bytes.toString("utf8");
        client.notify();
      },
      drain: () => client.flush(),
      close: () => client.notify(true),
      error: () => client.notify(true),
    };
    client.socket = await ("unix" in address
      ? Bun.connect({ unix: address.unix, socket })
      : Bun.connect({ ...address, socket }));
    return client;
  }

  /** Send a command and wait for its answer; fails when the probe hangs up instead. */
  async ask(command: string): Promise<string> {
    this.tell(command);
    while (this.unread > 1) await this.answerTo("an earlier command");
    return await this.answerTo(command);
  }

  /** Send a command; its answer is thrown away when a later one is asked. */
  tell(command: string): void {
    this.unsent = Buffer.concat([this.unsent, Buffer.from(`${command}\n`)]);
    this.unread++;
    this.flush();
  }

  async pid(): Promise<number> {
    return Number(await this.ask("pid"));
  }

  private async answerTo(command: string): Promise<string> {
    const answer = await within(`an answer to "${command}"`, this.readLine());
    if (answer === null) throw new Error(`the probe hung up on "${command}"`);
    this.unread--;
    return answer;
  }

  /** Null when the peer hung up before a whole line came. */
  private async readLine(): Promise<string | null> {
    for (;;) {
      const end = this.received.indexOf("\n");
      if (end >= 0) {
        const line = this.received.slice(0, end);
        this.received = this.received.slice(end + 1);
        return line;
      }
      if (this.closed) return null;
      await this.wake.promise;
    }
  }

  get isClosed(): boolean {
    return this.closed;
  }

  [Symbol.dispose](): void {
    this.socket?.terminate();
  }

  private flush(): void {
    if (this.unsent.length === 0 || this.socket === undefined) return;
    const taken = Math.max(0, this.socket.write(this.unsent));
    this.unsent = this.unsent.subarray(taken);
  }

  private notify(closed = false): void {
    this.closed ||= closed;
    this.wake.resolve();
    this.wake = Promise.withResolvers<void>();
  }
}
