import { afterEach, describe, expect, test } from "bun:test";
import { constants, readSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";

import { closeFd } from "../../src/os/descriptor.ts";
import { libc } from "../../src/os/libc.ts";
import { listenUnix, openFifo, setBacklog } from "../../src/os/listener.ts";
import { waitForInput } from "../../src/os/poll.ts";
import { DESCRIPTOR_CONTROL_BYTES, SocketMessage } from "../../src/os/socket-message.ts";
import { sendTrigger, triggerFifo, type TriggerOptions } from "../../src/os/trigger.ts";
import { FIFO_TRIGGER, STREAM_TRIGGER } from "../../src/protocol/trigger.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

function options(changes: Partial<TriggerOptions> = {}): TriggerOptions {
  return {
    writes: STREAM_TRIGGER,
    timeoutSeconds: 1,
    holdSeconds: 101,
    onHoldExpired() {},
    ...changes,
  };
}

/** Collects what each client sends; closes it after `keepMilliseconds`, or never. */
async function startServer(place: { path: string } | { host: string; port: number }) {
  const received: string[] = [];
  let ended = 0;
  const clients: import("node:net").Socket[] = [];
  const server = createServer((client) => {
    clients.push(client);
    client.on("data", (bytes) => received.push(bytes.toString("latin1")));
    client.on("close", () => ended++);
    client.on("error", () => {});
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(place, resolve));
  return { server, received, clients, ended: () => ended };
}

describe("triggers", () => {
  test("a UNIX-domain service gets the request, and closes when it likes (PRO-16)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const { received, clients, ended } = await startServer({ path });
    await sendTrigger({ transport: "unix", path }, options());
    await waitFor("both bytes", () => received.join("") === "W\0");
    expect(ended()).toBe(0);
    clients[0]?.end();
    await waitFor("the sender to close too", () => ended() === 1);
  });

  test.each(["127.0.0.1", "::1", "localhost"])(
    "an inet service at %s gets it too",
    async (host) => {
      const address = host === "localhost" ? "127.0.0.1" : host;
      const { server, received } = await startServer({ host: address, port: 0 });
      const { port } = server.address() as AddressInfo;
      await sendTrigger({ transport: "inet", host, port }, options());
      await waitFor("both bytes", () => received.join("") === "W\0");
    },
  );

  test("a service that never closes is reported when the time is up (MST-108)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const { ended } = await startServer({ path });
    const { promise, resolve } = Promise.withResolvers<void>();
    await sendTrigger(
      { transport: "unix", path },
      options({ holdSeconds: 0.05, onHoldExpired: resolve }),
    );
    await promise;
    await waitFor("the connection to be closed", () => ended() === 1);
  });

  test("one that closes in time is not", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const { clients, ended } = await startServer({ path });
    let expired = false;
    const onHoldExpired = () => (expired = true);
    await sendTrigger({ transport: "unix", path }, options({ holdSeconds: 0.1, onHoldExpired }));
    (await waitFor("the client", () => clients[0])).end();
    await waitFor("the end", () => ended() === 1);
    await neverHappens("a report", () => expired, 150);
  });

  test("a pass service gets a pipe with the request in it (PRO-18)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const listener = listenUnix({ path, backlog: 5 });
    await sendTrigger({ transport: "pass", path }, options());
    const connection = acceptNow(listener);
    const message = new SocketMessage({ payloadBytes: 10, controlBytes: DESCRIPTOR_CONTROL_BYTES });
    expect(message.receive(connection)).toEqual(Uint8Array.of(0)); // PRO-25
    const pipe = message.receivedDescriptor() ?? -1;
    const room = Buffer.alloc(9);
    expect(room.toString("latin1", 0, readSync(pipe, room))).toBe("W\0");
    expect(waitForInput(pipe, 0)).toBe("timeout"); // our end of the pipe stays open …
    closeFd(connection);
    await waitFor("end of file on the pipe", () => waitForInput(pipe, 0) === "end"); // … as long as the service's
    closeFd(pipe);
    closeFd(listener);
  });

  test("nobody there is a failure with its reason (MST-105)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const missing = sendTrigger({ transport: "unix", path }, options());
    await expect(missing).rejects.toThrow(`connect ${path}: No such file or directory`);
    closeFd(listenUnix({ path, backlog: 1 }));
    const refused = sendTrigger({ transport: "pass", path }, options());
    await expect(refused).rejects.toThrow("Connection refused");
    const closedPort = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = closedPort;
    closedPort.stop(true);
    const inet = sendTrigger({ transport: "inet", host: "127.0.0.1", port }, options());
    await expect(inet).rejects.toThrow(`[127.0.0.1]:${port}: Connection refused`);
    const unknown = sendTrigger(
      { transport: "inet", host: "no-such-host.invalid", port: 25 },
      options({ timeoutSeconds: 5 }),
    );
    await expect(unknown).rejects.toThrow("no-such-host.invalid");
  });

  test("a service whose queue is full is given up after a second, and nothing waits for it (MST-103)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const listener = listenUnix({ path, backlog: 0 });
    setBacklog(listener, 0);
    await sendTrigger({ transport: "unix", path }, options()); // takes the only place
    let turns = 0;
    const turning = setInterval(() => turns++, 5);
    const began = performance.now();
    const full = sendTrigger({ transport: "unix", path }, options({ timeoutSeconds: 0.3 }));
    expect(performance.now() - began).toBeLessThan(50);
    await expect(full).rejects.toThrow(`connect ${path}: Connection timed out`);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(10);
    closeFd(listener);
  });

  test("a place that becomes free in time is taken", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const listener = listenUnix({ path, backlog: 0 });
    await sendTrigger({ transport: "unix", path }, options());
    const second = sendTrigger({ transport: "unix", path }, options());
    const connection = acceptNow(listener);
    await second;
    closeFd(connection);
    closeFd(listener);
  });

  test("a fifo gets the request alone (PRO-17)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("fifo");
    const fd = openFifo({ path });
    triggerFifo(path, FIFO_TRIGGER);
    const room = Buffer.alloc(9);
    expect(room.toString("latin1", 0, readSync(fd, room))).toBe("W");
    closeFd(fd);
  });

  test("a fifo without reader, a plain file and a link are refused", () => {
    using directory = temporaryDirectory();
    closeFd(openFifo({ path: directory.file("fifo") }));
    expect(() => triggerFifo(directory.file("fifo"), FIFO_TRIGGER)).toThrow("No such device");
    writeFileSync(directory.file("plain"), "");
    expect(() => triggerFifo(directory.file("plain"), FIFO_TRIGGER)).toThrow("plain");
    const reader = openFifo({ path: directory.file("real") });
    symlinkSync(directory.file("real"), directory.file("link"));
    expect(() => triggerFifo(directory.file("link"), FIFO_TRIGGER)).toThrow("symbolic links");
    closeFd(reader);
  });
});

/** What a real service does; the product's own master never accepts. */
function acceptNow(listener: number): number {
  const fd = libc.accept4(listener, null, null, constants.O_NONBLOCK);
  expect(fd).toBeGreaterThan(2);
  return fd;
}
