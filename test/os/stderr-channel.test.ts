import { describe, expect, test } from "bun:test";
import { writeSync } from "node:fs";

import { closeFd, socketPair } from "../../src/os/descriptor.ts";
import { SocketMessage } from "../../src/os/socket-message.ts";
import { StderrChannel } from "../../src/os/stderr-channel.ts";
import { within } from "../support/wait-for.ts";

function startChild(channel: StderrChannel, script: string) {
  const child = Bun.spawn(["/usr/bin/perl", "-e", `$| = 1; ${script}`], {
    stdio: ["ignore", "pipe", channel.childFd],
  });
  channel.afterSpawn();
  return child;
}

function texts(channel: StderrChannel, limit = 100): string[] {
  return channel.read(limit).map(({ bytes }) => Buffer.from(bytes).toString());
}

describe("standard error of children", () => {
  test("every message carries the pid of its writer", async () => {
    using channel = new StderrChannel();
    const children = ["one", "two"].map((word) => startChild(channel, `print STDERR "${word}\\n"`));
    for (const child of children) await child.exited;
    const found = channel.read(100).map(({ pid, bytes }) => `${pid} ${Buffer.from(bytes)}`);
    expect(found.sort()).toEqual(
      children.map(({ pid }, index) => `${pid} ${["one", "two"][index]}\n`).sort(),
    );
  });

  test("a child that writes more than anyone reads loses the rest and goes on", async () => {
    using channel = new StderrChannel();
    const script = `for (1..100000) { syswrite(STDERR, "x" x 100) or $lost++ } print "lost $lost"`;
    const child = startChild(channel, script);
    expect(await within("the child's end", child.stdout.text())).toMatch(/^lost \d{5}$/);
    expect(await child.exited).toBe(0);
    expect(channel.read(10_000).length).toBeGreaterThan(10);
  });

  test("even a child that makes the descriptor blocking goes on after a moment", async () => {
    using channel = new StderrChannel();
    const child = startChild(
      channel,
      `use IO::Handle; STDERR->blocking(1);
       for (1..150) { syswrite(STDERR, "x" x 2000) or $lost++ } print "lost $lost"`,
    );
    expect(await within("the child's end", child.stdout.text())).toMatch(/^lost \d+$/);
  });

  test("a child outlives the master's end: no signal, no wait", async () => {
    const channel = new StderrChannel();
    const script = `print "ready\\n"; <STDIN>; syswrite(STDERR, "x") or print "refused"`;
    const child = Bun.spawn(["/usr/bin/perl", "-e", `$| = 1; ${script}`], {
      stdio: ["pipe", "pipe", channel.childFd],
    });
    channel.close();
    child.stdin.write("\n");
    child.stdin.end();
    expect(await within("the child's end", child.stdout.text())).toBe("ready\nrefused");
    expect(child.signalCode).toBe(null);
    expect(await child.exited).toBe(0);
  });

  test("reading takes no more than the limit and waits for nothing", () => {
    using channel = new StderrChannel();
    expect(channel.read(5)).toEqual([]);
    for (const word of ["a", "b", "c"]) writeSync(channel.childFd, word);
    expect(texts(channel, 2)).toEqual(["a", "b"]);
    expect(texts(channel, 2)).toEqual(["c"]);
  });

  test("an empty message is a message", () => {
    using channel = new StderrChannel();
    writeSync(channel.childFd, "");
    writeSync(channel.childFd, "after");
    expect(texts(channel)).toContain("after");
  });

  test("a long message is cut at 8 KiB, and the next one is whole", () => {
    using channel = new StderrChannel();
    writeSync(channel.childFd, "x".repeat(20_000));
    writeSync(channel.childFd, "next");
    expect(texts(channel).map(({ length }) => length)).toEqual([8192, 4]);
  });

  test("descriptors that a child sends along do not pile up in the master", () => {
    using channel = new StderrChannel();
    const [a, b] = socketPair("datagram");
    const message = new SocketMessage({ payloadBytes: 1, controlBytes: 24 });
    const openFds = () =>
      Array.from(new Bun.Glob("*").scanSync({ cwd: "/proc/self/fd", onlyFiles: false })).length;
    const before = openFds();
    for (let attempt = 0; attempt < 10; attempt++) message.sendDescriptor(channel.childFd, a);
    expect(channel.read(100)).toEqual(
      Array.from({ length: 10 }, () => ({ pid: process.pid, bytes: new Uint8Array(1) })),
    );
    expect(openFds()).toBe(before);
    closeFd(a);
    closeFd(b);
  });
});
