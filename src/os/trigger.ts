/**
 * Wakes a service up from outside (MST-103 to MST-108), without ever holding up the caller. Knows
 * how to reach each kind of endpoint, not what the bytes mean.
 */
import { closeSync, constants, fstatSync, lstatSync, writeSync } from "node:fs";

import { adoptSocket } from "./adopt.ts";
import { startTimer, type Timer } from "./clock.ts";
import { closeFd, makePipe, openFile } from "./descriptor.ts";
import { EAGAIN, lastErrno, libc } from "./libc.ts";
import { resolveHost } from "./resolve.ts";
import { AF_UNIX, unixAddress } from "./socket-address.ts";
import { DESCRIPTOR_CONTROL_BYTES, SocketMessage } from "./socket-message.ts";
import { SystemError, throwSystemError } from "./system-error.ts";

export type TriggerEndpoint =
  | Readonly<{ transport: "inet"; host: string; port: number }>
  | Readonly<{ transport: "unix" | "pass"; path: string }>;

export type TriggerOptions = Readonly<{
  /** Sent by themselves, one write each. */
  writes: readonly number[];
  timeoutSeconds: number;
  /** The connection stays open until the peer closes it, or so long. */
  holdSeconds: number;
  onHoldExpired: () => void;
}>;

const SOCK_STREAM = 1;
const SOCK_FLAGS = constants.O_NONBLOCK | 0o2000000; // SOCK_NONBLOCK and SOCK_CLOEXEC
const RETRY_SECONDS = 0.05;
const ENXIO = 6;
const ETIMEDOUT = 110;

/** Done when the trigger was sent; what happens to the connection afterwards is not waited for. */
export async function sendTrigger(
  endpoint: TriggerEndpoint,
  options: TriggerOptions,
): Promise<void> {
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  if (endpoint.transport === "inet") return triggerInet(endpoint, options, deadline);
  const fd = await connectUnix(endpoint.path, deadline);
  if (endpoint.transport === "unix") return holdUnix(fd, options);
  return holdPass(fd, options);
}

/**
 * At once, so that it can run under another identity. Only a fifo that somebody has open takes
 * anything, and only a real fifo is written to (PRO-17).
 */
export function triggerFifo(path: string, writes: readonly number[]): void {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const fd = openFile(path, flags);
  try {
    const [opened, named] = [fstatSync(fd), lstatSync(path)];
    const isSame = opened.dev === named.dev && opened.ino === named.ino;
    if (!opened.isFIFO() || !isSame) throw new SystemError("open", ENXIO, path);
    writeSync(fd, Uint8Array.from(writes));
  } catch (error) {
    throwSystemError(error, path);
  } finally {
    closeSync(fd);
  }
}

async function triggerInet(
  { host, port }: { host: string; port: number },
  options: TriggerOptions,
  deadline: number,
): Promise<void> {
  const addresses = await beforeDeadline(resolveHost(host), deadline, host);
  for (const [index, hostname] of addresses.entries()) {
    const subject = `[${hostname}]:${port}`;
    const connection = new HeldConnection(options);
    const connected = Bun.connect({ hostname, port, socket: connection.handlers() });
    try {
      await beforeDeadline(connected, deadline, subject);
      return;
    } catch (error) {
      connection.abandon();
      const isLast = index === addresses.length - 1;
      if (isLast || performance.now() >= deadline) throwSystemError(error, subject);
    }
  }
}

/** A full backlog cannot be waited for without blocking, only tried again. */
async function connectUnix(path: string, deadline: number): Promise<number> {
  const { bytes } = unixAddress(path);
  const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_FLAGS, 0);
  if (fd === -1) throw new SystemError("socket", lastErrno());
  while (libc.connect(fd, bytes, bytes.length) === -1) {
    const errno = lastErrno();
    const isFull = errno === EAGAIN;
    if (!isFull || performance.now() >= deadline) {
      closeFd(fd);
      throw new SystemError("connect", isFull ? ETIMEDOUT : errno, path);
    }
    await Bun.sleep(RETRY_SECONDS * 1000);
  }
  return fd;
}

async function holdUnix(fd: number, options: TriggerOptions): Promise<void> {
  await adoptSocket(fd, new HeldConnection(options).handlers());
}

/** The service gets a pipe instead of a client, and the trigger through it (PRO-18). */
async function holdPass(fd: number, options: TriggerOptions): Promise<void> {
  // A client's end blocks, and what it is to read is there before it is.
  const [readEnd, writeEnd] = openPipe(() => closeFd(fd));
  try {
    writeSync(writeEnd, Uint8Array.from(options.writes));
    new SocketMessage({
      payloadBytes: 1,
      controlBytes: DESCRIPTOR_CONTROL_BYTES,
    }).sendDescriptor(fd, readEnd);
  } catch (error) {
    closeFd(fd);
    closeFd(writeEnd);
    throwSystemError(error);
  } finally {
    closeFd(readEnd);
  }
  const connection = new HeldConnection({ ...options, writes: [] }, () => closeFd(writeEnd));
  await adoptSocket(fd, connection.handlers());
}

function openPipe(onFailure: () => void): [number, number] {
  try {
    return makePipe({ nonBlocking: false });
  } catch (error) {
    onFailure();
    throw error;
  }
}

/** A connection that waits for its peer to close it. */
class HeldConnection {
  readonly #options: TriggerOptions;
  readonly #onEnd: () => void;
  #timer: Timer | null = null;
  #abandoned = false;

  constructor(options: TriggerOptions, onEnd: () => void = () => {}) {
    this.#options = options;
    this.#onEnd = onEnd;
  }

  /** It took too long: it is closed as soon as it opens. */
  abandon(): void {
    this.#abandoned = true;
  }

  handlers(): Bun.SocketHandler<undefined> {
    return {
      open: (socket) => (this.#abandoned ? socket.terminate() : this.#begin(socket)),
      data: () => {},
      close: () => {
        this.#timer?.cancel();
        this.#onEnd();
      },
      error: (socket) => socket.terminate(),
    };
  }

  /** A write that fails now, after the connection was made, counts as sent (MST-105). */
  #begin(socket: Bun.Socket): void {
    const { writes, holdSeconds, onHoldExpired } = this.#options;
    for (const byte of writes) socket.write(Uint8Array.of(byte));
    const expire = () => {
      socket.terminate();
      onHoldExpired();
    };
    this.#timer = startTimer(holdSeconds, expire, { background: true });
  }
}

async function beforeDeadline<T>(
  promise: Promise<T>,
  deadline: number,
  subject: string,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = startTimer((deadline - performance.now()) / 1000, () =>
    late.reject(new SystemError("connect", ETIMEDOUT, subject)),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.cancel();
  }
}
