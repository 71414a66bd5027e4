/** The test kit, in the runtime's own test runner: testService needs nothing of `pfmaster test`. */
import { describe, expect, test } from "bun:test";

import { defineService, testService } from "../../src/server/api.ts";
import { expect as kitExpect } from "../../src/server/expect.ts";
import { TestRun } from "../../src/server/test-run.ts";

describe("testService", () => {
  test("calls the hooks in the order of a child, and both ends of each client", async () => {
    const calls: string[] = [];
    const note = (what: string) => () => void calls.push(what);
    const service = defineService({
      beforeJail: note("beforeJail"),
      afterJail: note("afterJail"),
      beforeAccept: note("beforeAccept"),
      onConnect: (connection, { name, words }, attributes) => {
        calls.push(`onConnect ${name} ${words.join("+")} ${attributes?.get("client")}`);
        connection.state = 0;
      },
      onData(connection, bytes) {
        connection.state = Number(connection.state) + bytes.length;
        connection.write(`${String(connection.state)}\n`);
        if (bytes.includes(0x2e)) connection.end();
      },
      onDisconnect: note("onDisconnect"),
      onExit: note("onExit"),
    });
    {
      const attributes = new Map([["client", "192.0.2.7"]]);
      await using tested = await testService(service, { name: "n", words: ["a", "b"], attributes });
      using client = await tested.connect();
      await client.send("abc");
      expect(await client.receiveLine()).toBe("3");
      await client.send("de.");
      expect(await client.receiveLine()).toBe("6");
      await client.disconnected();
    }
    expect(calls).toEqual([
      "beforeJail",
      "afterJail",
      "beforeAccept",
      "onConnect n a+b 192.0.2.7",
      "onDisconnect",
      "onExit",
    ]);
  });

  test("fills in parameters by their types, and refuses what a child would refuse", async () => {
    const service = defineService({
      parameters: {
        a_time: { type: "time", default: "5m" },
        a_text: { type: "string", default: "$a_time" },
        a_flag: { type: "bool", default: false },
      },
      async session(client, { parameters }) {
        // the types are those of the table: this compiles
        const minutes: number = parameters.a_time / 60;
        const text: string = parameters.a_text.toUpperCase();
        const flag: boolean = parameters.a_flag;
        await client.writeLine(JSON.stringify([minutes, text, flag]));
      },
    });
    await using tested = await testService(service, { mainCf: { a_time: "2h", a_flag: "yes" } });
    using client = await tested.connect();
    expect(await client.receiveLine()).toBe('[120,"2H",true]');
    await client.disconnected();
    await expect(testService(service, { mainCf: { a_time: "never" } })).rejects.toThrow(
      'Cannot use a_time = "never": expected a time',
    );
    // @ts-expect-error: no form of a service
    await expect(testService({ parameters: {} })).rejects.toThrow('expected "session" or "onData"');
  });

  test("logs an exception, and it costs only its own client", async () => {
    const service = defineService({
      async session(client) {
        for (let line = await client.readLine(); line !== null; line = await client.readLine()) {
          if (line === "fail") throw new Error("as asked");
          await client.writeLine(line);
        }
      },
    });
    await using tested = await testService(service);
    using well = await tested.connect();
    using unlucky = await tested.connect();
    await unlucky.sendLine("fail");
    await unlucky.disconnected();
    expect((await tested.logged("as asked")).severity).toBe("error");
    await well.sendLine("still here");
    expect(await well.receiveLine()).toBe("still here");
  });

  test("has a clock that stands still, and timers in their order", async () => {
    const service = defineService({
      afterJail({ clock, log }) {
        clock.after(20, () => log.info(`late at ${clock.seconds()}`));
        clock.after(10, () => clock.after(5, () => log.info(`early at ${clock.seconds()}`)));
        clock.after(1, () => log.info("never")).cancel();
      },
      async session(client) {
        await client.readLine();
      },
    });
    await using tested = await testService(service, { ipcTimeoutSeconds: 30 });
    using client = await tested.connect();
    await tested.clock.advance(19);
    await tested.clock.advance(1);
    expect(tested.log.map(({ text }) => text)).toEqual(["early at 15", "late at 20"]);
    await tested.clock.advance(30); // the session has waited since the start
    await client.disconnected();
    const record = await tested.logged("took more than 30 s to send a request");
    expect(record.severity).toBe("info");
  });

  test("drains: finishes who is there, and lets nobody in", async () => {
    const service = defineService({
      async session(client, context) {
        await client.readLine();
        context.drain();
        await client.writeLine("drained");
      },
    });
    await using tested = await testService(service);
    using client = await tested.connect();
    expect(tested.draining).toBe(false);
    await client.sendLine("");
    expect(await client.receiveLine()).toBe("drained");
    expect(tested.draining).toBe(true);
    await expect(tested.connect()).rejects.toThrow();
  });

  test("carries large replies both ways, whatever the sockets hold", async () => {
    const service = defineService({
      async session(client) {
        const text = await client.readNetstring();
        if (text !== null) await client.writeNetstring(text);
      },
    });
    const large = "x".repeat(3_000_000);
    await using tested = await testService(service, { requestSizeLimit: large.length });
    using client = await tested.connect();
    const sending = client.sendNetstring(large);
    expect(await client.receiveNetstring()).toBe(large);
    await sending;
  });
});

describe("the runner of pfmaster test", () => {
  test("tells of each test whether it passed, in their order, whatever it throws", async () => {
    const run = new TestRun({ limitSeconds: 0.05 });
    run.register("passes", () => {});
    run.register("throws", () => kitExpect([1, { a: 2 }]).toEqual([1, { a: 3 }]));
    run.register("rejects", () => Promise.reject(new Error("no")));
    run.register("throws nothing", () => Promise.reject());
    run.register("hangs", () => new Promise(() => {}));
    const results = await Array.fromAsync(run.run());
    expect(results.map(({ name, error }) => [name, error instanceof Error])).toEqual([
      ["passes", false],
      ["throws", true],
      ["rejects", true],
      ["throws nothing", true],
      ["hangs", true],
    ]);
    expect(String(results[4]?.error)).toContain("more than 0.05 s");
  });
});
