import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";

import { userByName } from "../../src/os/account.ts";
import { temporaryDirectory } from "../os/temporary-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { collectLog } from "./collect-log.ts";
import { Conversation } from "./conversation.ts";

setDefaultTimeout(30_000);

const isRoot = process.getuid?.() === 0;

function configuration(extra = "") {
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(directory.file("queue"));
  const owner = isRoot ? "" : `rootless_mode = yes\nmail_owner = ${process.env["USER"]}\n`;
  writeFileSync(
    directory.file("main.cf"),
    `compatibility_level = 3.6\nqueue_directory = ${directory.path}/queue\n` +
      `data_directory = ${directory.path}\nmyhostname = mail.example.com\n${owner}${extra}`,
  );
  utimesSync(directory.file("main.cf"), 0, 0); // a file of this second is read twice (MCF-12)
  return directory;
}

describe.concurrent("a child that serves echo", () => {
  test("tells its master when it is taken and when it is idle again (MUL-87, PRO-07, PRO-13)", async () => {
    using directory = configuration();
    const words = ["-t", "inet", "echo"];
    await using child = new ChildProcess({ words, directory: directory.path, generation: "11" });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("hello\n");
    await client.receives("hello\n");
    const record = { pid: child.pid, generation: 9 };
    expect(await child.recordCount(2)).toEqual([
      { ...record, status: 0 },
      { ...record, status: 1 },
    ]);
  });

  test("says nothing about clients that only come and go (MUL-80, MUL-86)", async () => {
    using directory = configuration("max_use = 2\n");
    await using child = new ChildProcess({
      words: ["-t", "inet", "echo"],
      directory: directory.path,
    });
    for (let count = 0; count < 2; count++) {
      using _client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    }
    expect(await child.ended()).toEqual({ exitCode: 0, stderr: "" }); // silent clients count (MUL-96)
    expect(child.records).toEqual([]);
  });

  test("serves several clients at once, on a UNIX socket", async () => {
    using directory = configuration();
    const unix = directory.file("socket");
    const words = ["-n", "echo", "-t", "unix"];
    await using _child = new ChildProcess({ words, directory: directory.path, socketPath: unix });
    using first = await Conversation.open({ unix });
    using second = await Conversation.open({ unix });
    second.send("2");
    await second.receives("2");
    first.send("1");
    await first.receives("1");
  });

  test("is found by the name it was called by, and then keeps its words (design, chapter 1)", async () => {
    using directory = configuration();
    const words = ["-n", "other", "-t", "inet", "word"];
    await using child = new ChildProcess({ words, directory: directory.path, argv0: "echo" });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("x");
    await client.receives("x");
  });

  test("sends everything to a client that has ended its side", async () => {
    using directory = configuration();
    await using child = new ChildProcess({
      words: ["-t", "inet", "echo"],
      directory: directory.path,
    });
    const bytes = 3_000_000; // more than the sockets hold
    let received = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const pending = { rest: Buffer.alloc(bytes, "x") };
    const sendMore = (socket: Bun.Socket) => {
      pending.rest = pending.rest.subarray(Math.max(0, socket.write(pending.rest)));
      if (pending.rest.length === 0) socket.shutdown();
    };
    await Bun.connect({
      hostname: "127.0.0.1",
      port: child.port,
      socket: {
        open: sendMore,
        drain: sendMore,
        data: (_socket, data) => void (received += data.length),
        end: (socket) => void socket.end(),
        close: () => resolve(),
      },
    });
    await promise;
    expect(received).toBe(bytes);
  });

  test("retires when its generation ends: finishes its clients, accepts nobody (MUL-100, D17)", async () => {
    using directory = configuration();
    await using child = new ChildProcess({
      words: ["-t", "inet", "echo"],
      directory: directory.path,
      environment: { PFMASTER_FEATURES: "retire" },
    });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("x");
    await client.receives("x");
    await child.recordCount(2);
    child.endGeneration();
    await child.recordCount(3);
    using late = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    late.send("late");
    client.send("y");
    await client.receives("y");
    client[Symbol.dispose]();
    expect((await child.ended()).exitCode).toBe(0);
    expect(late.received).toBe("");
    expect(child.records.map((record) => record?.status)).toEqual([0, 1, 2]);
  });

  test("leaves at once when its generation ends, under a master that knows no retiring (MUL-100)", async () => {
    using directory = configuration();
    await using child = new ChildProcess({
      words: ["-t", "inet", "echo"],
      directory: directory.path,
    });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("x");
    await client.receives("x");
    await child.recordCount(2);
    child.endGeneration();
    expect((await child.ended()).exitCode).toBe(0);
    await client.isDisconnected();
  });

  test("leaves when nobody came for max_idle (MUL-63, MUL-97)", async () => {
    using directory = configuration();
    const words = ["-i", "1s", "-V", "-v", "-t", "inet", "echo"];
    await using child = new ChildProcess({ words, directory: directory.path });
    const { exitCode, stderr } = await child.ended();
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/leaving: idle for 1(\.1)? s/); // never less, by limit_jitter_percent more
  });

  test("leaves after max_use clients, the last override counting (MUL-17, MUL-67)", async () => {
    using directory = configuration("max_use = 9\n");
    const words = ["-o", "max_use=8", "-m", "2", "-t", "inet", "echo"];
    await using child = new ChildProcess({ words, directory: directory.path });
    for (const text of ["1", "2"]) {
      using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
      client.send(text);
      await client.receives(text);
    }
    expect((await child.ended()).exitCode).toBe(0);
  });

  test("disconnects a client that takes no data for ipc_timeout (MUL-77)", async () => {
    using directory = configuration("ipc_timeout = 1s\n");
    const words = ["-V", "-m", "1", "-t", "inet", "echo"];
    await using child = new ChildProcess({ words, directory: directory.path });
    const bytes = Buffer.alloc(1 << 20, "x");
    const keepSending = (socket: Bun.Socket) => {
      while (socket.write(bytes) === bytes.length);
    };
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: child.port,
      socket: {
        open: (socket) => {
          socket.pause();
          keepSending(socket);
        },
        drain: keepSending,
        data: () => {},
        error: () => {}, // the reset that the test is about
      },
    });
    const { exitCode, stderr } = await child.ended();
    socket.terminate();
    expect(exitCode).toBe(0);
    expect(stderr).toContain("took no data for 1 s");
  });
});

describe.skipIf(!isRoot)("a child that gives up its privileges", () => {
  test("has the owner's ids, the queue directory as root and no capability (MUL-56 to MUL-58)", async () => {
    using directory = configuration();
    const words = ["-c", "-u", "-t", "inet", "echo"];
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("x");
    await client.receives("x");

    const { uid, gid } = userByName("postfix") ?? { uid: -1, gid: -1 };
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const line = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(status)?.[1];
    expect({
      uid: line("Uid")?.split("\t"),
      gid: line("Gid")?.split("\t"),
      groups: line("Groups"),
      capabilities: line("CapEff"),
      root: readlinkSync(`/proc/${child.pid}/root`),
    }).toEqual({
      uid: Array<string>(4).fill(`${uid}`),
      gid: Array<string>(4).fill(`${gid}`),
      groups: `${gid}`,
      capabilities: "0000000000000000",
      root: `${directory.path}/queue`,
    });
  });
});

describe.concurrent("a child that cannot start", () => {
  test.each([
    ["MUL-16", ["-t", "inet", "-x", "echo"], {}, "fatal: unknown option -x"],
    ["MUL-31", ["-V", "-t", "fifo", "echo"], {}, 'transport type "fifo" is not supported'],
    ["MUL-31", ["-V", "-s", "1", "-S", "nothing"], {}, 'service "nothing"'],
    ["MUL-09", ["-V", "-t", "inet", "-s", "2", "echo"], {}, "descriptor 7"],
    ["MUL-21", ["-V", "-t", "inet", "echo"], { generation: "1x" }, 'GENERATION "1x"'],
    ["MUL-21", ["-V", "-t", "inet", "echo"], { generation: "" }, 'GENERATION ""'],
    ["design", ["-V", "-t", "inet", "nothing"], {}, 'service "nothing"'],
    ["MCF-78", ["-V", "-D", "-t", "inet", "echo"], {}, "debugger_command"],
  ])("%s: %j", async (_number, words, options, message) => {
    using directory = configuration();
    using log = collectLog(directory.file("log"));
    await using child = new ChildProcess({
      words,
      directory: directory.path,
      environment: { POSTLOG_SERVICE: log.path },
      ...options,
    });
    const { exitCode, stderr } = await child.ended();
    expect(exitCode).toBe(1); // MCF-04
    expect(`${log.text()}${stderr}`).toContain(message);
    expect(existsSync(directory.file("core"))).toBe(false);
  });

  test("logs every mistake of main.cf with its place, and of the command line", async () => {
    using directory = configuration("max_idle = 1y\nmax_use = 0\n");
    using log = collectLog(directory.file("log"));
    await using child = new ChildProcess({
      words: ["-o", "nonsense", "-t", "inet", "echo"],
      directory: directory.path,
      environment: { POSTLOG_SERVICE: log.path, POSTLOG_HOSTNAME: "demo.example.com" },
    });
    expect((await child.ended()).exitCode).toBe(1);
    const text = log.text();
    const lines = readFileSync(directory.file("main.cf"), "utf8").split("\n");
    const lineOf = (name: string) => lines.findIndex((line) => line.startsWith(name)) + 1;
    expect(text).toMatch(/^\w{3} \d\d \d\d:\d\d:\d\d demo postfix\/pfmaster\[\d+\]: error: /);
    expect(text).toContain(`main.cf:${lineOf("max_idle")}:`);
    expect(text).toContain(`main.cf:${lineOf("max_use")}:`);
    expect(text).toContain('option -o "nonsense"');
    expect(text).toContain("fatal: ");
  });
});
