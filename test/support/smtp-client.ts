/** A small SMTP client: one session, one command at a time, as RFC 5321 has it. No pipelining, no TLS. */

import type { Socket } from "bun";

export type Reply = Readonly<{ code: number; text: string }>;
export type Message = Readonly<{ from: string; to: string; subject: string; body: string }>;

type Endpoint = Readonly<{ hostname: string; port: number; replySeconds?: number }>;

/** A refusal is an error that keeps the reply, so that a test can say what the server said. */
export class SmtpRefusal extends Error {
  override readonly name = "SmtpRefusal";
  readonly reply: Reply;

  constructor(command: string, reply: Reply) {
    super(`The server answered "${command}" with "${reply.text}"`);
    this.reply = reply;
  }
}

export class SmtpSession implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #replies: ReplyQueue;

  private constructor(socket: Socket, replies: ReplyQueue) {
    this.#socket = socket;
    this.#replies = replies;
  }

  /** Connects, waits for the greeting, says EHLO. */
  static async open({ hostname, port, replySeconds = 30 }: Endpoint): Promise<SmtpSession> {
    const replies = new ReplyQueue(replySeconds);
    const socket = await Bun.connect({
      hostname,
      port,
      socket: {
        data: (_socket, bytes) => replies.feed(bytes.toString("latin1")),
        close: () => replies.fail(new Error("The server closed the connection")),
        error: (_socket, error) => replies.fail(error),
      },
    });
    const session = new SmtpSession(socket, replies);
    expectCode("(greeting)", await replies.next(), 220);
    await session.command("EHLO client.test", 250);
    return session;
  }

  /** Resolves when the server has taken responsibility for the message. */
  async send({ from, to, subject, body }: Message): Promise<Reply> {
    await this.command(`MAIL FROM:<${from}>`, 250);
    await this.command(`RCPT TO:<${to}>`, 250);
    await this.command("DATA", 354);
    const text = `From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\n\r\n${body}`;
    const stuffed = text.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..");
    return this.command(`${stuffed}\r\n.`, 250);
  }

  async command(line: string, expectedCode: number): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return expectCode(line, await this.#replies.next(), expectedCode);
  }

  async quit(): Promise<void> {
    await this.command("QUIT", 221);
    this.#socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
  }
}

/** One message in a session of its own. */
export async function sendMessage(endpoint: Endpoint, message: Message): Promise<Reply> {
  await using session = await SmtpSession.open(endpoint);
  const reply = await session.send(message);
  await session.quit();
  return reply;
}

function expectCode(command: string, reply: Reply, expectedCode: number): Reply {
  if (reply.code !== expectedCode) throw new SmtpRefusal(command.split("\r\n")[0] ?? "", reply);
  return reply;
}

/** Turns bytes into whole replies; at most one reader waits at a time. */
class ReplyQueue {
  readonly #replySeconds: number;
  readonly #ready: Reply[] = [];
  #lines: string[] = [];
  #partial = "";
  #failure: Error | null = null;
  #reader: PromiseWithResolvers<Reply> | null = null;

  constructor(replySeconds: number) {
    this.#replySeconds = replySeconds;
  }

  feed(text: string): void {
    const lines = (this.#partial + text).split("\r\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      this.#lines.push(line);
      if (line.charAt(3) === "-") continue; // more lines of the same reply follow
      const reply = { code: Number(line.slice(0, 3)), text: this.#lines.join("\n") };
      this.#lines = [];
      this.#deliver(reply);
    }
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#reader?.reject(this.#failure);
    this.#reader = null;
  }

  async next(): Promise<Reply> {
    const reply = this.#ready.shift();
    if (reply !== undefined) return reply;
    if (this.#failure !== null) throw this.#failure;
    const reader = Promise.withResolvers<Reply>();
    this.#reader = reader;
    const timer = setTimeout(
      () => this.fail(new Error(`No reply within ${this.#replySeconds} s`)),
      this.#replySeconds * 1000,
    );
    return reader.promise.finally(() => clearTimeout(timer));
  }

  #deliver(reply: Reply): void {
    if (this.#reader === null) {
      this.#ready.push(reply);
      return;
    }
    this.#reader.resolve(reply);
    this.#reader = null;
  }
}
