/** Accepts clients itself and hands them to a pass service, well or badly (PRO-25, PRO-26). */
import { acceptConnection } from "../../src/os/accept.ts";
import { closeFd } from "../../src/os/descriptor.ts";
import { checked, libc } from "../../src/os/libc.ts";
import { listenTcp } from "../../src/os/listener.ts";
import { AF_UNIX, unixAddress } from "../../src/os/socket-address.ts";
import { MOST_DESCRIPTORS_CONTROL_BYTES, SocketMessage } from "../../src/os/socket-message.ts";
import { waitFor } from "../support/wait-for.ts";
import { Conversation } from "./conversation.ts";

const SOCK_STREAM = 1;

/** The screener's side of one handover. */
export class Control implements Disposable {
  readonly #fd = checked("socket", libc.socket(AF_UNIX, SOCK_STREAM, 0));
  #open = true;

  constructor(servicePath: string) {
    const { bytes } = unixAddress(servicePath);
    checked("connect", libc.connect(this.#fd, bytes, bytes.length));
  }

  pass(...descriptors: readonly number[]): void {
    const controlBytes = MOST_DESCRIPTORS_CONTROL_BYTES;
    new SocketMessage({ payloadBytes: 1, controlBytes }).sendDescriptors(this.#fd, descriptors);
  }

  send(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    checked("send", libc.send(this.#fd, bytes, bytes.length, 0));
  }

  close(): void {
    if (this.#open) closeFd(this.#fd);
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

export class Screener implements Disposable {
  readonly #listener: number;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#listener = listenTcp({ address: "127.0.0.1", port, backlog: 50, windowSizeBytes: 0 });
  }

  /** A client, and the descriptor of our side of it. */
  async client(): Promise<{ client: Conversation; fd: number }> {
    const client = await Conversation.open({ hostname: "127.0.0.1", port: this.#port });
    const fd = await waitFor("a client", () => acceptConnection(this.#listener));
    return { client, fd };
  }

  [Symbol.dispose](): void {
    closeFd(this.#listener);
  }
}
