import { describe, expect, test } from "bun:test";
import { readSync } from "node:fs";

import { DatagramSocket } from "../../src/os/datagram-socket.ts";
import { closeFd } from "../../src/os/descriptor.ts";
import { bindUnixDatagram } from "../../src/os/listener.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const RECORD = Buffer.from("<22>Jan  1 00:00:00 test[1]: x");

function readText(fd: number): string {
  const room = Buffer.alloc(2000);
  return room.toString("latin1", 0, readSync(fd, room));
}

describe("datagram socket", () => {
  test("one record is one message", () => {
    using directory = temporaryDirectory();
    const path = directory.file("log");
    const receiver = bindUnixDatagram({ path });
    using socket = new DatagramSocket(path);
    expect(socket.send(RECORD)).toBe("sent");
    expect(socket.send(Buffer.from("second"))).toBe("sent");
    expect([readText(receiver), readText(receiver)]).toEqual([RECORD.toString(), "second"]);
    closeFd(receiver);
  });

  test("a receiver that does not keep up costs records, not time", () => {
    using directory = temporaryDirectory();
    const path = directory.file("log");
    const receiver = bindUnixDatagram({ path });
    using socket = new DatagramSocket(path);
    const began = performance.now();
    const results = Array.from({ length: 2000 }, () => socket.send(RECORD));
    expect(performance.now() - began).toBeLessThan(1000);
    expect(new Set(results)).toEqual(new Set(["sent", "dropped"]));
    expect(readText(receiver)).toBe(RECORD.toString());
    expect(socket.send(RECORD)).toBe("sent"); // there is room again
    closeFd(receiver);
  });

  test("a receiver that was restarted is found again", () => {
    using directory = temporaryDirectory();
    const path = directory.file("log");
    const old = bindUnixDatagram({ path });
    using socket = new DatagramSocket(path);
    closeFd(old);
    expect(() => socket.send(RECORD)).toThrow(`connect ${path}: Connection refused`);
    const next = bindUnixDatagram({ path });
    expect(socket.send(RECORD)).toBe("sent");
    expect(readText(next)).toBe(RECORD.toString());
    closeFd(next);
  });

  test("nobody there is said at once, and leaves nothing open", () => {
    using directory = temporaryDirectory();
    expect(() => new DatagramSocket(directory.file("log"))).toThrow("No such file or directory");
    expect(() => new DatagramSocket("/dev/null")).toThrow("connect /dev/null: Connection refused");
    const receiver = bindUnixDatagram({ path: directory.file("log") });
    using socket = new DatagramSocket(directory.file("log"));
    expect(() => socket.send(new Uint8Array(1_000_000))).toThrow("Message too long");
    closeFd(receiver);
  });
});
