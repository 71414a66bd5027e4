/** A client of a service under test. Waits for what is asked, and says what it waited for in vain. */
import { startTimer } from "../os/clock.ts";
import { systemClock } from "./context.ts";
import type { TestClient } from "./public-module.ts";
import { ClientSession } from "./session.ts";
import { SocketPeer } from "./socket-peer.ts";

const PATIENCE_SECONDS = 5;
const LARGEST_REPLY_BYTES = 64 * 1024 * 1024;

export async function connectTestClient(path: string): Promise<TestClient> {
  const closed = Promise.withResolvers<void>();
  const data = { open: null as { peer: SocketPeer; session: ClientSession } | null };
  const use = (work: (ends: { peer: SocketPeer; session: ClientSession }) => void): void => {
    if (data.open !== null) work(data.open);
  };
  const socket = await Bun.connect<undefined>({
    unix: path,
    allowHalfOpen: true,
    socket: {
      open(opened) {
        const peer = new SocketPeer(opened, null);
        data.open = { peer, session: new ClientSession(peer, limits()) };
      },
      data: (_socket, bytes) => use(({ session }) => session.received(bytes)),
      drain: () => use(({ peer, session }) => void (peer.drained() && session.drained())),
      end: () => use(({ peer, session }) => (session.ended(), closed.resolve(), peer.finish())),
      close: () => use(({ session }) => (session.closed(), closed.resolve())),
      error: () => {}, // followed by close
    },
  });
  if (data.open === null) throw new Error(`Cannot connect to "${path}": expected an open socket`);
  const { peer, session } = data.open;
  return {
    send: (text) => session.write(text),
    sendLine: (text) => session.writeLine(text),
    sendNetstring: (text) => session.writeNetstring(text),
    sendAttributes: (form, attributes) => session.writeAttributes(form, attributes),
    receiveLine: () => received("a line", session.readLine()),
    receiveNetstring: async () =>
      new TextDecoder().decode(await received("a netstring", session.readNetstring())),
    receiveExactly: (count) => received(`${count} bytes`, session.readExactly(count)),
    receiveAttributes: async (form) =>
      Object.fromEntries(await received("an attribute list", session.readAttributes(form))),
    end: () => peer.endWriting(),
    disconnected: () => within("the service to disconnect", closed.promise),
    [Symbol.dispose]: () => void socket.terminate(),
  };
}

function limits() {
  return {
    clock: systemClock,
    timeoutSeconds: 10 * PATIENCE_SECONDS,
    requestSizeLimit: LARGEST_REPLY_BYTES,
  };
}

async function received<T>(what: string, reading: Promise<T | null>): Promise<T> {
  const value = await within(what, reading);
  if (value === null) throw new Error(`The service disconnected: expected ${what}`);
  return value;
}

export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = startTimer(PATIENCE_SECONDS, () =>
    late.reject(new Error(`Waited ${PATIENCE_SECONDS} s in vain for ${what}`)),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.cancel();
  }
}
