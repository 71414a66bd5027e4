/**
 * The wakeup of a master at a pass service (PRO-18): instead of a client, the end of a pipe. The service
 * meets it as a client that sends what is in the pipe and leaves (PRO-20); what it replies is dropped.
 */
import { read } from "node:fs";

import { closeFd } from "../os/descriptor.ts";
import { TRIGGER_READ_BYTES } from "../protocol/trigger.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Client } from "./client.ts";

export function meetPipe(fd: number, admit: (socket: ClientSocket) => void): void {
  const room = Buffer.alloc(TRIGGER_READ_BYTES);
  // a thread waits for it: the master writes right after it sent the descriptor
  read(fd, room, 0, room.length, null, (_error, length) => {
    closeFd(fd);
    const socket = new PipeSocket();
    admit(socket);
    if (length > 0) socket.data.received(room.subarray(0, length));
    socket.data.ended();
  });
}

class PipeSocket implements ClientSocket {
  declare data: Client;
  readonly remoteAddress = "";
  readonly remotePort = 0;
  #closed = false;

  write(data: Bun.BufferSource | string): number {
    return typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
  }

  end(): number {
    this.terminate();
    return 0;
  }

  /** As with a socket, the end is heard of later. */
  terminate(): void {
    if (this.#closed) return;
    this.#closed = true;
    queueMicrotask(() => this.data.closed());
  }

  pause(): void {}
  resume(): void {}

  setKeepAlive(): boolean {
    return true;
  }
}
