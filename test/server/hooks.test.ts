/** What a service declares, and when the skeleton calls it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";

import { userByName } from "../../src/os/account.ts";
import { PFMASTER } from "../support/masters.ts";
import { waitFor } from "../support/wait-for.ts";
import { childDirectory, isRoot } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { collectLog } from "./collect-log.ts";
import { Conversation } from "./conversation.ts";

setDefaultTimeout(30_000);

const connect = (child: ChildProcess) =>
  Conversation.open({ hostname: "127.0.0.1", port: child.port });

describe.concurrent("a child that serves a service file", () => {
  test.skipIf(!isRoot)(
    "calls the hooks in their order, the first as root (MUL-35 to MUL-39, MUL-45, MUL-46)",
    async () => {
      using directory = childDirectory();
      const journal = directory.file("journal");
      writeFileSync(journal, "");
      chmodSync(journal, 0o666);
      const words = ["-V", "-u", "-m", "1", "-t", "inet", "probe", `journal=${journal}`];
      await using child = new ChildProcess({ words, directory: directory.path });
      {
        using client = await connect(child);
        expect(await client.ask("hello")).toBe("hello");
      }
      const { exitCode, stderr } = await child.ended();
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      const { uid } = userByName("postfix") ?? { uid: -1 };
      expect(readFileSync(journal, "utf8").trim().split("\n")).toEqual([
        "beforeJail 0",
        `afterJail ${uid}`,
        `beforeAccept ${uid}`,
        `beforeAccept ${uid}`, // once to listen, once for the connection
        `onExit ${uid}`,
      ]);
    },
  );

  test("hands over name, words and parameters (MUL-08, MUL-18, MUL-41)", async () => {
    using directory = childDirectory("probe_text = from main.cf\n");
    const start = ["-n", "screen", "-t", "inet"];
    await using child = new ChildProcess({
      words: [...start, "-o", "probe_text=of $mydomain", "probe", "one", "two words"],
      directory: directory.path,
    });
    using client = await connect(child);
    expect(await client.ask("parameter")).toBe("of example.com");
    expect(await client.ask("words")).toBe('["screen","one","two words"]');
    expect(JSON.parse(await client.ask("remote"))).toMatchObject({ address: "127.0.0.1" });
  });

  test("lets the service lift its limits, and calls it before it waits (MUL-44, MUL-99)", async () => {
    using directory = childDirectory();
    const words = ["-V", "-i", "1", "-m", "1", "-t", "inet", "limits"];
    await using child = new ChildProcess({ words, directory: directory.path });
    for (const text of ["1", "2"]) {
      using client = await connect(child);
      client.send(text);
      await client.receives(text);
    }
    await waitFor("two seconds of waits", () => child.output.split("waits").length > 12);
    expect(child.exitCode).toBeNull();
  });

  test("tells a handler of both ends of a connection (MUL-47, MUL-48)", async () => {
    using directory = childDirectory();
    const words = ["-V", "-t", "inet", "handler"];
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await connect(child);
    expect(await client.nextLine()).toBe("hello 127.0.0.1");
    expect(await client.ask("x")).toBe("got x");
    client.send("end");
    expect(await client.nextLine()).toBe("bye");
    await client.isDisconnected();
    using other = await connect(child);
    other.endWriting(); // its end is answered, too
    expect(await other.nextLine()).toBe("hello 127.0.0.1");
    expect(await other.nextLine()).toBe("bye");
    await other.isDisconnected();
  });

  test.each(["probe", "handler"])(
    "an exception costs %s one client, with a stack in one record",
    async (name) => {
      using directory = childDirectory();
      const words = ["-V", "-t", "inet", name];
      await using child = new ChildProcess({ words, directory: directory.path });
      using bystander = await connect(child);
      bystander.send("before\n");
      using client = await connect(child);
      client.send("throw asked\n");
      await client.isDisconnected();
      await child.logged(
        /error: disconnected client 127\.0\.0\.1: .*Error: as(?:ked| asked).* at .*\n/,
      );
      expect(child.output.trim().split("\n")).toHaveLength(1);
      bystander.send("after\n");
      await waitFor("the other client", () => bystander.received.includes("after"));
    },
  );

  test("an error that no client caused ends the process, with a record and a status", async () => {
    using directory = childDirectory();
    const words = ["-V", "-t", "inet", "probe"];
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await connect(child);
    client.send("reject asked\n");
    const { exitCode, stderr } = await child.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/fatal: unexpected error: Error: asked.* at /);
  });

  test.each(["beforeJail", "afterJail", "beforeAccept", "beforeWait", "onExit"])(
    "an error in %s ends the process, with a record and a status",
    async (hook) => {
      using directory = childDirectory();
      const words = ["-V", "-m", "1", "-t", "inet", "failing", hook];
      await using child = new ChildProcess({ words, directory: directory.path });
      if (hook === "onExit") {
        using client = await connect(child);
        client.send("x");
        await client.receives("x");
      }
      const { exitCode, stderr } = await child.ended();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
      expect(stderr).toContain(`fatal: unexpected error: Error: failed in ${hook}`);
    },
  );

  test.each([
    ["MUL-50", "solitary", [], ["-l"], "a process limit of 1"],
    ["MUL-51", "unlimited", ["-l"], ["-z"], "a process limit of 0"],
    ["MUL-52", "privileged", ["-u"], [], "needs privileges"],
  ])(
    "%s: refuses to serve %s without what it requires",
    async (_number, name, wrong, right, text) => {
      using directory = childDirectory();
      using log = collectLog(directory.file("log"));
      const start = (options: readonly string[]) =>
        new ChildProcess({
          words: ["-V", ...options, "-n", "service", "-t", "inet", name],
          directory: directory.path,
          environment: { POSTLOG_SERVICE: log.path },
        });
      await using refused = start(wrong);
      const { exitCode, stderr } = await refused.ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`fatal: service "service" needs`);
      expect(stderr).toContain(text);
      await using child = start(right);
      using client = await connect(child);
      expect(await client.ask("x")).toBe("x");
    },
  );

  test("delays a client for whom there is no flow token (MUL-49, MUL-78, PRO-21)", async () => {
    using directory = childDirectory("in_flow_delay = 1s\n");
    const words = ["-t", "inet", "flow"];
    await using child = new ChildProcess({ words, directory: directory.path, flowTokens: 1 });
    using quick = await connect(child);
    expect(await quick.ask("x")).toBe("x");
    const began = performance.now();
    using late = await connect(child);
    expect(await late.ask("x")).toBe("x");
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe.concurrent("a child in one-shot mode", () => {
  async function run(words: readonly string[], input: string, extra = "") {
    using directory = childDirectory(extra);
    const child = Bun.spawn([PFMASTER.path, ...words], {
      argv0: "pfmaster",
      env: { MAIL_CONFIG: directory.path },
      stdin: Buffer.from(input),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { output, errors, exitCode: await child.exited };
  }

  test("serves standard input once, without the hooks of a connection (MUL-60, MUL-61)", async () => {
    expect(await run(["-S", "handler"], "x\n")).toMatchObject({ output: "got x\n", exitCode: 0 });
  });

  test("serves a session to its end, a solitary service as well (MUL-60)", async () => {
    const { output, exitCode } = await run(
      ["-S", "-o", "probe_text=p", "solitary"],
      "a\nparameter\nremote\n",
    );
    expect({ output, exitCode }).toEqual({ output: "a\np\nnull\n", exitCode: 0 });
  });

  test.skipIf(!isRoot)(
    "honours -u, and still refuses a service that needs privileges (MUL-52, MUL-62)",
    async () => {
      const { exitCode, errors } = await run(["-V", "-S", "-u", "privileged"], "a\n");
      expect(exitCode).toBe(1);
      expect(errors).toContain("needs privileges");
      expect((await run(["-S", "-u", "-c", "echo"], "a\n")).output).toBe("a\n");
    },
  );
});
