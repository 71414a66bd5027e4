import { expect, test } from "bun:test";

import type { ClientSocket } from "../../src/server/client-socket.ts";
import { Client } from "../../src/server/client.ts";
import { systemClock } from "../../src/server/context.ts";

function newClient(
  socket: ReturnType<typeof scriptedSocket>,
  timeoutSeconds: number,
  onTimeout: () => void,
): Client {
  const options = {
    clock: systemClock,
    isLocal: true,
    timeoutSeconds,
    onTimeout,
    onOver: () => {},
  };
  return new Client(socket as unknown as ClientSocket, options);
}

const endOfPass = () => new Promise((resolve) => setImmediate(resolve));

/** A socket that takes so many bytes, and writes down what it is told. */
function scriptedSocket(room: number) {
  const calls: string[] = [];
  let taken = "";
  return {
    calls,
    taken: () => taken,
    takesMore: (bytes: number) => void (room += bytes),
    data: undefined,
    write(data: Uint8Array | string) {
      const bytes = Buffer.from(data as Uint8Array);
      const count = Math.min(room, bytes.length);
      room -= count;
      taken += Buffer.from(bytes.subarray(0, count)).toString();
      return count;
    },
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    end: () => void calls.push("end"),
    terminate: () => void calls.push("terminate"),
  };
}

test("a client that takes everything is never paused", () => {
  const socket = scriptedSocket(100);
  const client = newClient(socket, 60, () => {});
  client.write(Buffer.from("hello"));
  client.end();
  expect({ taken: socket.taken(), calls: socket.calls }).toEqual({
    taken: "hello",
    calls: ["end"],
  });
});

test("a client is not read until it has taken what it was sent, in order", async () => {
  const socket = scriptedSocket(2);
  const client = newClient(socket, 60, () => {});
  client.write(Buffer.from("abc"));
  client.write(Buffer.from("de"));
  await endOfPass();
  expect(socket.calls).toEqual(["pause"]);
  socket.takesMore(2);
  client.drained();
  expect({ taken: socket.taken(), calls: socket.calls }).toEqual({
    taken: "abcd",
    calls: ["pause"],
  });
  socket.takesMore(9);
  client.drained();
  expect(socket.calls).toEqual(["pause", "resume"]);
  expect(socket.taken()).toBe("abcde");
  client.closed();
});

test("a client that ended its side is disconnected only when it has everything", async () => {
  const socket = scriptedSocket(2);
  const client = newClient(socket, 60, () => {});
  client.write(Buffer.from("abc"));
  client.end();
  await endOfPass();
  expect(socket.calls).toEqual(["pause"]);
  socket.takesMore(9);
  client.drained();
  expect({ taken: socket.taken(), calls: socket.calls }).toEqual({
    taken: "abc",
    calls: ["pause", "end"],
  });
});

test("what is queued is a copy: the caller may use its buffer again", () => {
  const socket = scriptedSocket(0);
  const client = newClient(socket, 60, () => {});
  const buffer = Buffer.from("abc");
  client.write(buffer);
  buffer.fill("x");
  socket.takesMore(9);
  client.drained();
  expect(socket.taken()).toBe("abc");
});

test("a client that takes nothing for the time of one write is cut off (MUL-77)", async () => {
  const socket = scriptedSocket(0);
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = newClient(socket, 0.05, resolve);
  client.write(Buffer.from("abc"));
  await promise;
  expect(socket.calls).toEqual(["pause", "terminate"]);
});
