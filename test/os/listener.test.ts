import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readSync, statSync, writeFileSync } from "node:fs";

import { closeFd } from "../../src/os/descriptor.ts";
import {
  bindUnixDatagram,
  listenTcp,
  listenUnix,
  openFifo,
  renameSocket,
  setBacklog,
} from "../../src/os/listener.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const IPV4 = { address: "127.0.0.1", port: 0, backlog: 10, windowSizeBytes: 0 };

/** Port, backlog and buffers of our own listener, as ss(8) shows them. */
async function describeListener(
  fd: number,
): Promise<{ port: number; backlog: number; receiveBuffer: number }> {
  const inode = statSync(`/proc/self/fd/${fd}`).ino;
  const table = await Bun.$`ss -H -l -t -n -e -m`.text();
  const line = new RegExp(
    `^LISTEN +\\d+ +(\\d+) +\\S*:(\\d+) .* ino:${inode} .*\\n?.*rb(\\d+)`,
    "m",
  ).exec(table);
  return { backlog: Number(line?.[1]), port: Number(line?.[2]), receiveBuffer: Number(line?.[3]) };
}

describe("TCP listeners", () => {
  test("have the backlog and the buffers that were asked for (SVC-37, SVC-39)", async () => {
    const fd = listenTcp({ ...IPV4, backlog: 17, windowSizeBytes: 65_536 });
    const first = await describeListener(fd);
    expect(first).toMatchObject({ backlog: 17, receiveBuffer: 131_072 }); // the kernel doubles it
    setBacklog(fd, 23);
    expect(await describeListener(fd)).toMatchObject({ backlog: 23, port: first.port });
    closeFd(fd);
  });

  test("a client is queued until a child accepts it", async () => {
    const fd = listenTcp(IPV4);
    const { port } = await describeListener(fd);
    const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    expect(client.readyState).toBe(1);
    client.terminate();
    closeFd(fd);
  });

  test("the IPv6 wildcard leaves IPv4 to its own listener (SVC-21)", async () => {
    const v6 = listenTcp({ ...IPV4, address: "::" });
    const { port } = await describeListener(v6);
    const connect = () => Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    await expect(connect()).rejects.toThrow();
    const v4 = listenTcp({ ...IPV4, address: "0.0.0.0", port });
    (await connect()).terminate();
    closeFd(v4);
    closeFd(v6);
  });

  test("a port that another program uses is refused with address and port (SVC-39)", () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = other;
    expect(() => listenTcp({ ...IPV4, port })).toThrow(
      `bind 127.0.0.1:${port}: Address already in use`,
    );
  });

  test("a foreign address and a malformed one are refused", () => {
    expect(() => listenTcp({ ...IPV4, address: "192.0.2.1" })).toThrow(
      "Cannot assign requested address",
    );
    expect(() => listenTcp({ ...IPV4, address: "127.0.0" })).toThrow(
      "inet_pton 127.0.0: Invalid argument",
    );
    expect(() => listenTcp({ ...IPV4, address: "fe80::1%nowhere" })).toThrow(
      "if_nametoindex nowhere",
    );
  });
});

describe("UNIX-domain endpoints", () => {
  test("anyone may connect, the directory decides (SVC-34)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    const fd = listenUnix({ path, backlog: 5 });
    expect(statSync(path).mode & 0o7777).toBe(0o666);
    const client = await Bun.connect({ unix: path, socket: { data() {} } });
    client.terminate();
    closeFd(fd);
    expect(existsSync(path)).toBe(true); // endpoints are never removed (SVC-33)
  });

  test("an object that is in the way is replaced, except a directory (SVC-33)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("s");
    writeFileSync(path, "");
    closeFd(listenUnix({ path, backlog: 5 }));
    closeFd(bindUnixDatagram({ path }));
    expect(statSync(path).isSocket()).toBe(true);
    closeFd(openFifo({ path }));
    expect(statSync(path).isFIFO()).toBe(true);
    mkdirSync(directory.file("d"));
    expect(() => listenUnix({ path: directory.file("d"), backlog: 5 })).toThrow(
      directory.file("d"),
    );
  });

  test("a path of 108 bytes is too long, one of 107 is not (SVC-36)", () => {
    using directory = temporaryDirectory();
    const room = 107 - directory.path.length - 1;
    closeFd(listenUnix({ path: directory.file("x".repeat(room)), backlog: 5 }));
    const path = directory.file("é" + "x".repeat(room - 1)); // bytes count, not letters
    expect(() => listenUnix({ path, backlog: 5 })).toThrow("File name too long");
    expect(() => renameSocket(directory.file("x".repeat(room)), path)).toThrow(
      "File name too long",
    );
  });

  test("a socket bound beside its place takes it over with its clients (design D15)", async () => {
    using directory = temporaryDirectory();
    const [old, next] = [directory.file("s"), directory.file("s.new")];
    const oldFd = listenUnix({ path: old, backlog: 5 });
    const newFd = listenUnix({ path: next, backlog: 5 });
    renameSocket(next, old);
    closeFd(oldFd);
    const client = await Bun.connect({ unix: old, socket: { data() {} } });
    client.terminate();
    closeFd(newFd);
  });

  test("a fifo keeps what its writers leave behind, and may be written by anyone (SVC-35)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("fifo");
    const umask = process.umask(0o077);
    const fd = openFifo({ path });
    process.umask(umask);
    expect(statSync(path).mode & 0o7777).toBe(0o622);
    expect(() => readSync(fd, new Uint8Array(1))).toThrow("EAGAIN");
    writeFileSync(path, "W");
    expect(readSync(fd, new Uint8Array(9))).toBe(1);
    expect(() => readSync(fd, new Uint8Array(1))).toThrow("EAGAIN"); // not end of file
    closeFd(fd);
  });

  test("nothing is left open when an endpoint cannot be made", () => {
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(() => listenTcp({ ...IPV4, address: "192.0.2.1" })).toThrow();
      expect(() => listenUnix({ path: "/nonexistent/s", backlog: 1 })).toThrow("/nonexistent/s");
    }
    expect(count()).toBe(before);
  });
});
