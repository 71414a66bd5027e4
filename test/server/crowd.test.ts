/** Many clients, slow ones, and those that take more than they should. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import { waitFor } from "../support/wait-for.ts";
import { childDirectory } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { Conversation } from "./conversation.ts";

const SLOW_CLIENTS = 1000;
const FAST_REQUESTS = 300;
const MEBIBYTE = 2 ** 20;
/** Over what the process had before: one client's share of the runtime's and our buffers. */
const GROWTH_BOUND_BYTES = 32 * MEBIBYTE;

setDefaultTimeout(60_000);

async function start(words: string, extra = "") {
  const directory = childDirectory(extra);
  const child = new ChildProcess({
    words: ["-V", ...words.split(" ")],
    directory: directory.path,
    backlog: 2000,
  });
  return {
    child,
    connect: () => Conversation.open({ hostname: "127.0.0.1", port: child.port }),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Milliseconds from request to reply, without the polling of a Conversation. */
async function measure(port: number): Promise<number[]> {
  const times: number[] = [];
  let reply = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: () => reply.resolve() },
  });
  for (let count = 0; count < FAST_REQUESTS; count++) {
    reply = Promise.withResolvers();
    const began = performance.now();
    socket.write("request\n");
    await reply.promise;
    times.push(performance.now() - began);
    await Bun.sleep(5);
  }
  socket.terminate();
  return times.sort((left, right) => left - right);
}

const percentile = (times: readonly number[], share: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;

describe("a child with a crowd of clients", () => {
  test(`serves one fast client while ${SLOW_CLIENTS} send a byte a second`, async () => {
    await using started = await start("-t inet probe", "client_limit = 0\n");
    const { child } = started;
    const alone = await measure(child.port);
    const slow = await Promise.all(Array.from({ length: SLOW_CLIENTS }, () => started.connect()));
    const sendByte = (share: number) => {
      for (const [index, client] of slow.entries()) if (index % 10 === share) client.send("x");
    };
    let turn = 0;
    const timer = setInterval(() => sendByte(turn++ % 10), 100);
    const crowded = await measure(child.port);
    clearInterval(timer);
    console.log(
      `fast client, alone and among ${SLOW_CLIENTS} slow ones, ms: p50 ` +
        `${percentile(alone, 0.5).toFixed(2)} ${percentile(crowded, 0.5).toFixed(2)}, p99 ` +
        `${percentile(alone, 0.99).toFixed(2)} ${percentile(crowded, 0.99).toFixed(2)}`,
    );
    // The slow ones are driven by this very process, which shares two processors with the child: so
    // the bound is wide; the bench has the ratio.
    expect(percentile(crowded, 0.99)).toBeLessThan(100);
    for (const client of slow) client[Symbol.dispose]();
    expect(residentBytes(child.pid)).toBeLessThan(200 * MEBIBYTE);
  });

  test("has one process serve 100 overlapping clients that wait", async () => {
    await using started = await start("-t inet probe");
    const clients = await Promise.all(Array.from({ length: 100 }, () => started.connect()));
    const replies = await Promise.all(clients.map((client) => client.ask("await 1000")));
    const runs = replies.map((reply) => reply.split(" ").map(Number));
    expect(new Set(runs.map(([pid]) => pid))).toEqual(new Set([started.child.pid]));
    const lastBegin = Math.max(...runs.map(([, began = 0]) => began));
    const firstEnd = Math.min(...runs.map(([, , ended = 0]) => ended));
    expect(lastBegin).toBeLessThan(firstEnd);
  });
});

describe("the memory of a child", () => {
  const chunk = Buffer.alloc(256 * 1024, "x");

  test.each([
    ["a session that does not read what a client sends without end", "probe", "await 2000\n"],
    ["a handler whose client sends without end and takes nothing", "echo", ""],
  ])("is bounded for %s", async (_what, service, greeting) => {
    await using started = await start(`-t inet ${service}`);
    const { child } = started;
    using probe = await started.connect();
    probe.send("x\n");
    await waitFor("the child", () => probe.received !== "");
    const before = residentBytes(child.pid);
    let sent = 0;
    const keepSending = (socket: Bun.Socket) => {
      for (let taken = 1; taken > 0; sent += taken) taken = Math.max(0, socket.write(chunk));
    };
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: child.port,
      socket: {
        open(socket) {
          socket.write(greeting);
          if (service === "echo") socket.pause();
          keepSending(socket);
        },
        drain: keepSending,
        data: () => {},
        error: () => {},
      },
    });
    const most = await highestDuring(child.pid, 1000);
    socket.terminate();
    expect(sent).toBeGreaterThan(100_000);
    expect(most - before).toBeLessThan(GROWTH_BOUND_BYTES);
    probe.send("still there\n");
    await waitFor("the child", () => probe.received.includes("still there"));
  });

  test("is bounded for a session that writes without end to a client that takes nothing", async () => {
    await using started = await start("-t inet probe", "ipc_timeout = 2s\n");
    const { child } = started;
    using probe = await started.connect();
    expect(await probe.ask("x")).toBe("x");
    const before = residentBytes(child.pid);
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: child.port,
      socket: {
        open(socket) {
          socket.pause();
          socket.write("flood\n");
        },
        data: () => {},
        error: () => {},
      },
    });
    expect((await highestDuring(child.pid, 1000)) - before).toBeLessThan(GROWTH_BOUND_BYTES);
    await child.logged("took no data for 2 s"); // after ipc_timeout it is disconnected
    socket.terminate();
    expect(child.output.match(/warning: /g)).toHaveLength(1); // the idle probe's record is none
  });

  test("does not grow with a request that never ends: it is refused (request_size_limit)", async () => {
    await using started = await start("-t inet probe", "request_size_limit = 10000\n");
    const { child } = started;
    using client = await started.connect();
    client.send("x".repeat(20_000));
    await client.isDisconnected();
    await child.logged("request_size_limit = 10000");
  });

  test("a session whose client stops in the middle of a request is over after ipc_timeout", async () => {
    await using started = await start("-t inet probe", "ipc_timeout = 1s\n");
    using client = await started.connect();
    client.send("half a requ");
    await client.isDisconnected();
    await started.child.logged("took more than 1 s");
  });
});

async function highestDuring(pid: number, milliseconds: number): Promise<number> {
  let most = 0;
  const end = performance.now() + milliseconds;
  await waitFor("the time to pass", () => {
    most = Math.max(most, residentBytes(pid));
    return performance.now() > end;
  });
  return most;
}
