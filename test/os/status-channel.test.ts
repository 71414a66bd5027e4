import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readSync, writeSync } from "node:fs";

import { libc } from "../../src/os/libc.ts";
import { Readiness } from "../../src/os/readiness.ts";
import { StatusChannel } from "../../src/os/status-channel.ts";
import { waitFor, within } from "../support/wait-for.ts";

const SHUT_RD = 0;
const SHUT_WR = 1;
const SHUT_RDWR = 2;
const RECORD = "twelve bytes";

const readiness = new Readiness({ watchdogSeconds: 1000 });
afterAll(() => readiness[Symbol.dispose]());
const opened: StatusChannel[] = [];
afterEach(() => opened.splice(0).forEach((channel) => channel.close()));

function openChannel() {
  const records: string[] = [];
  const broken: string[] = [];
  const channel = new StatusChannel({
    readiness,
    onRecord: (bytes) => records.push(Buffer.from(bytes).toString()),
    onBroken: (reason) => broken.push(reason),
  });
  opened.push(channel);
  const arrived = (count: number) => waitFor(`${count} records`, () => records.length >= count);
  return { channel, records, broken, arrived };
}

/** What a child of the generation does, with the descriptor that it inherited as number 5. */
function startChild(channel: StatusChannel, script: string) {
  const { childFd } = channel;
  return Bun.spawn(["/usr/bin/perl", "-e", `open(my $s, "+<&=", 5); ${script}`], {
    stdio: ["ignore", "pipe", "inherit", "ignore", "ignore", childFd],
  });
}

function writeEmpty(channel: StatusChannel): void {
  expect(libc.send(channel.childFd, new Uint8Array(1), 0, 0)).toBe(0);
}

describe("status channel", () => {
  test("a short write of one child does not shift the records of its siblings (MST-95)", async () => {
    const { channel, records, arrived } = openChannel();
    for (const text of [RECORD, "five!", RECORD, RECORD]) writeSync(channel.childFd, text);
    await arrived(4);
    expect(records).toEqual([RECORD, "five!", RECORD, RECORD]);
  });

  test("what a child wrote before its end is delivered before its end is handled", async () => {
    const { channel, records } = openChannel();
    const child = startChild(channel, `syswrite($s, "${RECORD}")`);
    let atExit: string[] = [];
    await child.exited.then(() => {
      channel.drain();
      atExit = [...records];
    });
    expect(atExit).toEqual([RECORD]);
  });

  test("an empty message is not taken for the end, wherever it stands (MST-95)", async () => {
    const { channel, records, broken, arrived } = openChannel();
    writeEmpty(channel);
    writeSync(channel.childFd, RECORD);
    writeEmpty(channel);
    writeEmpty(channel);
    await arrived(4);
    writeSync(channel.childFd, RECORD); // the channel still works
    await arrived(5);
    expect(records).toEqual(["", RECORD, "", "", RECORD]);
    expect(broken).toEqual([]);
  });

  test("empty messages do not stop a drain", () => {
    const { channel, records } = openChannel();
    writeEmpty(channel);
    writeSync(channel.childFd, RECORD);
    channel.drain();
    expect(records).toEqual(["", RECORD]);
  });

  test.each([
    ["write", SHUT_WR],
    ["write and read", SHUT_RDWR],
  ])("a child that shuts down its %s side is noticed once, after its records", async (_, how) => {
    const { channel, records, broken } = openChannel();
    writeSync(channel.childFd, RECORD);
    const child = startChild(channel, `shutdown($s, ${how})`);
    await waitFor("the channel to break", () => broken.length > 0);
    await child.exited;
    channel.drain();
    expect({ records, broken }).toEqual({ records: [RECORD], broken: ["shut down by a child"] });
  });

  test("a child that sends its siblings home by shutting down the read side is noticed", async () => {
    const { channel, broken } = openChannel();
    await startChild(channel, `shutdown($s, ${SHUT_RD})`).exited;
    channel.drain();
    expect(broken).toEqual(["shut down by a child"]);
  });

  test("a broken channel costs no time", async () => {
    const { channel, broken } = openChannel();
    libc.shutdown(channel.childFd, SHUT_RDWR);
    await waitFor("the channel to break", () => broken.length > 0);
    const before = process.cpuUsage();
    await Bun.sleep(200); // the time over which a busy loop would show
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(100_000);
  });

  test("retired: children see end of file at once and are still heard (MST-61, design D15b)", async () => {
    const { channel, records, broken, arrived } = openChannel();
    const child = startChild(
      channel,
      `syswrite($s, "${RECORD}"); sysread($s, my $b, 9) == 0 and syswrite($s, "last words"); print "left"`,
    );
    await arrived(1);
    channel.retire();
    expect(await within("end of file in the child", child.stdout.text())).toBe("left");
    await arrived(2);
    expect({ records, broken }).toEqual({ records: [RECORD, "last words"], broken: [] });
  });

  test("children see the end when the channel is closed", async () => {
    const { channel } = openChannel();
    const child = startChild(channel, `print sysread($s, my $b, 9)`);
    channel.close();
    expect(await within("end of file in the child", child.stdout.text())).toBe("0");
  });

  test("a flood of one child is delivered in parts, so that others get their turn", () => {
    const { channel, records } = openChannel();
    let sent = 0;
    const room = 0x40; // MSG_DONTWAIT: until the socket buffer is full
    while (libc.send(channel.childFd, Buffer.from(RECORD), 12, room) === 12) sent++;
    channel.drain();
    expect(records.length).toBe(sent);
    expect(sent).toBeLessThan(1024); // the limit of one drain holds a full buffer
  });

  test("the master reads nothing that was not written", () => {
    const { channel, records, broken } = openChannel();
    channel.drain();
    channel.drain();
    expect({ records, broken }).toEqual({ records: [], broken: [] });
    expect(() => readSync(channel.childFd, new Uint8Array(0))).not.toThrow();
  });
});
