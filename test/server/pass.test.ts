/** The pass transport, with screeners that do it right and others (MUL-81 to MUL-85). */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { openSync } from "node:fs";

import { closeFd } from "../../src/os/descriptor.ts";
import { sendTrigger } from "../../src/os/trigger.ts";
import { waitFor } from "../support/wait-for.ts";
import { childDirectory } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { Control, Screener } from "./screener.ts";

setDefaultTimeout(30_000);

function start(words: string) {
  const directory = childDirectory();
  const path = directory.file("socket");
  const child = new ChildProcess({
    words: ["-V", "-t", "PASS", ...words.split(" ")], // MUL-11: in any case
    directory: directory.path,
    socketPath: path,
  });
  const screener = new Screener(child.port);
  return {
    child,
    path,
    /** A client that is in the hands of the service. */
    async handOver(attributes: string) {
      const { client, fd } = await screener.client();
      using control = new Control(path);
      control.pass(fd);
      control.send(attributes);
      closeFd(fd);
      return client;
    },
    screener,
    async [Symbol.asyncDispose]() {
      screener[Symbol.dispose]();
      await child[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

describe.concurrent("a pass service", () => {
  test("serves clients with and without attributes, at the same time (PRO-26, MUL-79, MUL-82)", async () => {
    await using started = start("handler");
    using plain = await started.handOver("\0");
    using known = await started.handOver(
      ["client_address", "192.0.2.7", "port", "25", "", ""].join("\0"),
    );
    expect(await plain.nextLine()).toBe("hello 127.0.0.1");
    expect(await known.nextLine()).toBe(
      'hello 127.0.0.1 [["client_address","192.0.2.7"],["port","25"]]',
    );
    expect(await plain.ask("x")).toBe("got x");
    expect(await known.ask("y")).toBe("got y");
    known.send("end");
    expect(await known.nextLine()).toBe("bye");
    await known.isDisconnected();
  });

  test("serves a session to the client's end, as on any transport", async () => {
    await using started = start("-m 1 probe");
    using client = await started.handOver("\0");
    client.send("half");
    client.send(" and half\nsecond\n");
    client.endWriting();
    expect(await client.nextLine()).toBe("half and half");
    expect(await client.nextLine()).toBe("second");
    await client.isDisconnected();
    expect((await started.child.ended()).exitCode).toBe(0);
  });

  test("warns when the service has no use for attributes (MUL-79)", async () => {
    await using started = start("echo");
    using client = await started.handOver("a\0b\0\0");
    client.send("x");
    await client.receives("x");
    await started.child.logged("warning: ignored the attributes of client 127.0.0.1");
  });

  test.each([
    ["nothing but a connection", () => {}, "the end of the connection"],
    ["bytes without a descriptor", (control: Control) => control.send("garbage"), "0 descriptors"],
    [
      "no attribute list",
      (control: Control, fd: number) => control.pass(fd),
      "ended within the attribute list",
    ],
    ["two descriptors", (control: Control, fd: number) => control.pass(fd, fd), "2 descriptors"],
    [
      "many descriptors",
      (control: Control, fd: number) => control.pass(...Array<number>(200).fill(fd)),
      "200 descriptors",
    ],
    [
      "half an attribute list",
      (control: Control, fd: number) => {
        control.pass(fd);
        control.send("name\0val");
      },
      "ended within the attribute list",
    ],
    [
      "a table",
      (control: Control, fd: number) => {
        control.pass(fd);
        control.send("{\0a\0b\0}\0\0");
      },
      "the attribute list is malformed",
    ],
    [
      "a list without end",
      (control: Control, fd: number) => {
        control.pass(fd);
        control.send("x".repeat(70_000));
      },
      "more than 65536 bytes",
    ],
    [
      "a file",
      (control: Control) => {
        const file = openSync("/dev/null", "r");
        control.pass(file);
        closeFd(file);
      },
      "expected a socket",
    ],
  ])(
    "survives a screener that sends %s, and holds on to nothing (MUL-83)",
    async (_what, misbehave, reason) => {
      await using started = start("probe");
      using before = await started.handOver("\0");
      expect(await before.ask("x")).toBe("x");
      const { client, fd } = await started.screener.client();
      {
        using control = new Control(started.path);
        misbehave(control, fd);
      }
      closeFd(fd);
      await started.child.logged(`warning: no client was handed over: `);
      await started.child.logged(reason);
      if (reason !== "the end of the connection") await client.isDisconnected();
      client[Symbol.dispose]();
      using after = await started.handOver("\0");
      expect(await after.ask("y")).toBe("y");
      expect(await before.ask("z")).toBe("z");
    },
  );

  test("serves others while screeners keep it waiting (MUL-84)", async () => {
    await using started = start("probe");
    using _silent = new Control(started.path);
    using half = new Control(started.path);
    const { client: waiting, fd } = await started.screener.client();
    half.pass(fd);
    closeFd(fd);
    using client = await started.handOver("\0");
    expect(await client.ask("x")).toBe("x");
    waiting.send("hello\n");
    half.send("a\0b\0\0");
    expect(await waiting.nextLine()).toBe("hello");
    waiting[Symbol.dispose]();
  });

  test("meets a wakeup as a client that says two bytes, at once (MUL-85, PRO-18, PRO-20)", async () => {
    await using started = start("-m 1 echo");
    let expired = false;
    await sendTrigger(
      { transport: "pass", path: started.path },
      {
        writes: [0x57, 0],
        timeoutSeconds: 5,
        holdSeconds: 100,
        onHoldExpired: () => (expired = true),
      },
    );
    expect((await started.child.ended()).exitCode).toBe(0); // its one use
    expect(expired).toBe(false);
    await waitFor("the records of its work", () => started.child.records.length === 2);
  });
});
