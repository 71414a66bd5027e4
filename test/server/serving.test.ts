/** What a child does with clients, and what it tells its master meanwhile. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { STATUS_IDLE, STATUS_RETIRING, STATUS_TAKEN } from "../../src/protocol/status-record.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { childDirectory } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { Conversation } from "./conversation.ts";

setDefaultTimeout(30_000);

const UNDERSTANDS_RETIRING = { environment: { PFMASTER_FEATURES: "other retire" } };
const connect = (child: ChildProcess) =>
  Conversation.open({ hostname: "127.0.0.1", port: child.port });

function start(
  words: string,
  extra = "",
  options: Partial<ConstructorParameters<typeof ChildProcess>[0]> = {},
) {
  const directory = childDirectory(extra);
  const { socketPath } = options;
  const child = new ChildProcess({
    words: ["-V", ...words.split(" ")],
    directory: directory.path,
    ...options,
    ...(socketPath === undefined ? {} : { socketPath: directory.file(socketPath) }),
  });
  return {
    child,
    directory,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

describe.concurrent("status records", () => {
  test("are one pair for all the requests of one pass (MUL-87)", async () => {
    await using started = start("-t inet probe");
    const { child } = started;
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(child)));
    expect(await clients[0]?.ask("first")).toBe("first");
    await child.recordCount(2);
    child.signal("SIGSTOP");
    for (const client of clients) client.send("x\n");
    await waitFor("the requests to be there", async () => {
      await Bun.sleep(50);
      return true;
    });
    child.signal("SIGCONT");
    for (const client of clients) expect(await client.nextLine()).toBe("x");
    await child.recordCount(4);
    await neverHappens("many pairs", () => child.records.length > 8); // a pass handles many events, not all
    expect(new Set(child.statuses)).toEqual(new Set([STATUS_TAKEN, STATUS_IDLE]));
  });

  test("say taken while a service computes and idle while it waits (MUL-93)", async () => {
    await using started = start("-t inet probe");
    const { child } = started;
    using client = await connect(child);
    client.send("await 400\n");
    await child.recordCount(2);
    expect(child.statuses).toEqual([STATUS_TAKEN, STATUS_IDLE]);
    expect(client.received).toBe("");
    await client.nextLine();
    client.send("compute 400\n");
    await child.recordCount(3);
    await neverHappens("idle within the work", () => child.statuses.length > 3, 200);
    await client.nextLine();
    await child.recordCount(4);
  });

  test("of a solitary service are its first pair", async () => {
    await using started = start("-l -t inet solitary");
    const { child } = started;
    using client = await connect(child);
    for (let count = 0; count < 5; count++) await client.ask("x");
    await child.recordCount(2);
    await neverHappens("a third record", () => child.records.length > 2, 100);
  });
});

describe.concurrent("a child that is full", () => {
  test("leaves further clients in the backlog, and is taken until one leaves (client_limit)", async () => {
    await using started = start("-t inet probe", "client_limit = 2\n");
    const { child } = started;
    using first = await connect(child);
    using second = await connect(child);
    expect(await first.ask("1")).toBe("1");
    expect(await second.ask("2")).toBe("2");
    using third = await connect(child);
    third.send("3\n");
    await neverHappens("a third client", () => third.received !== "", 200);
    expect(child.statuses.at(-1)).toBe(STATUS_TAKEN);
    first[Symbol.dispose]();
    expect(await third.nextLine()).toBe("3");
    expect(child.exitCode).toBeNull();
  });

  test("computes for one client at a time when it says blocking", async () => {
    await using started = start("-t inet blocking");
    const { child } = started;
    using first = await connect(child);
    await child.recordCount(1);
    expect(child.statuses).toEqual([STATUS_TAKEN]); // from the accept on
    using second = await connect(child);
    second.send("second\n");
    expect(await first.ask("await 300")).toStartWith(`${child.pid} `);
    expect(second.received).toBe("");
    expect(child.records).toHaveLength(1);
    first.send("quit\n");
    expect(await second.nextLine()).toBe("second");
  });

  test("blocking: is not held up by clients that went before their reply", async () => {
    await using started = start("-t unix blocking", "", { socketPath: "socket" });
    const { child } = started;
    const unix = started.directory.file("socket");
    using first = await Conversation.open({ unix });
    expect(await first.ask("x")).toBe("x");
    for (let count = 0; count < 3; count++) {
      using gone = await Conversation.open({ unix });
      gone.send("pid\n");
    }
    first.send("quit\n");
    using last = await Conversation.open({ unix });
    expect(await last.ask("pid")).toBe(`${child.pid}`);
  });

  test("blocking: three siblings serve three clients at once", async () => {
    await using started = start("-t inet blocking");
    const { child, directory } = started;
    const words = ["-t", "inet", "blocking"];
    const sibling = () => new ChildProcess({ words, directory: directory.path, siblingOf: child });
    await using _second = sibling();
    await using _third = sibling();
    const clients = await Promise.all([1, 2, 3].map(() => connect(child)));
    for (const client of clients) client.send("compute 1000\n");
    const replies = await Promise.all(clients.map((client) => client.nextLine()));
    const runs = replies.map((reply) => reply.split(" ").map(Number));
    expect(new Set(runs.map(([pid]) => pid)).size).toBe(3);
    const lastBegin = Math.max(...runs.map(([, began = 0]) => began));
    const firstEnd = Math.min(...runs.map(([, , ended = 0]) => ended));
    expect(lastBegin).toBeLessThan(firstEnd);
  });
});

describe.concurrent("a child with two listeners", () => {
  test.each(["probe", "blocking"])("serves both, %s (MUL-64)", async (service) => {
    await using started = start(`-t inet -s 2 ${service}`, "", { secondPort: true });
    const { child } = started;
    for (const port of [child.port, child.secondPort, child.port]) {
      using client = await Conversation.open({ hostname: "127.0.0.1", port });
      expect(await client.ask("x")).toBe("x");
    }
  });
});

describe.concurrent("a child that leaves", () => {
  test("drains: accepts nobody, finishes its clients, says nothing twice (MUL-106, MUL-110)", async () => {
    await using started = start("-t inet probe");
    const { child } = started;
    using client = await connect(child);
    using other = await connect(child);
    await other.ask("x");
    expect(await client.ask("drain")).toBe("draining");
    expect(await client.ask("drain")).toBe("draining");
    using late = await connect(child);
    late.send("late\n");
    expect(await other.ask("y")).toBe("y");
    other.send("quit\n");
    client.send("quit\n");
    expect(await child.ended()).toEqual({ exitCode: 0, stderr: "" });
    expect(late.received).toBe("");
    expect(child.statuses.at(-1)).toBe(STATUS_TAKEN); // its place is taken to the end (D17)
  });

  test("tells a master that understands it, once", async () => {
    await using started = start("-t inet probe", "", UNDERSTANDS_RETIRING);
    const { child } = started;
    using client = await connect(child);
    await client.ask("drain");
    for (let count = 0; count < 3; count++) await client.ask("x");
    client.send("quit\n");
    expect((await child.ended()).exitCode).toBe(0);
    expect(child.statuses.filter((status) => status === STATUS_RETIRING)).toHaveLength(1);
    expect(child.statuses.at(-1)).toBe(STATUS_RETIRING);
  });

  test("keeps its place when there must be one process only", async () => {
    await using started = start("-l -t inet solitary", "", UNDERSTANDS_RETIRING);
    const { child } = started;
    using client = await connect(child);
    await client.ask("drain");
    client.send("quit\n");
    expect((await child.ended()).exitCode).toBe(0);
    expect(child.statuses).not.toContain(STATUS_RETIRING);
  });

  test("leaves at once on a reload when its clients are to connect again", async () => {
    await using started = start("-t inet reconnect");
    const { child } = started;
    using client = await connect(child);
    await client.ask("x");
    child.endGeneration();
    expect((await child.ended()).exitCode).toBe(0);
    await client.isDisconnected();
  });

  test("waits no longer than retire_time_limit for its clients", async () => {
    await using started = start(
      "-v -t inet probe",
      "retire_time_limit = 1s\n",
      UNDERSTANDS_RETIRING,
    );
    const { child } = started;
    using client = await connect(child);
    await client.ask("x");
    const began = performance.now();
    child.endGeneration();
    const { exitCode, stderr } = await child.ended();
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("leaving: 1 clients did not finish within 1 s");
  });

  test("is recycled at max_use although it is never without a client (MUL-98)", async () => {
    await using started = start(
      "-m 3 -t inet probe",
      "retire_min_age = 4s\n",
      UNDERSTANDS_RETIRING,
    );
    const { child } = started;
    using constant = await connect(child);
    for (let count = 0; count < 5; count++) {
      using client = await connect(child);
      expect(await client.ask("x")).toBe("x"); // over max_use, and too young to leave
    }
    await waitFor("its retirement", () => child.statuses.at(-1) === STATUS_RETIRING);
    expect(await constant.ask("x")).toBe("x");
    constant.send("quit\n");
    expect((await child.ended()).exitCode).toBe(0);
  });

  test("is recycled one child of a service after the other", async () => {
    const words = "-m 1 -t inet probe";
    const settings = "retire_min_age = 0s\n";
    await using started = start(words, settings, UNDERSTANDS_RETIRING);
    const { child, directory } = started;
    using ofFirst = await connect(child);
    await ofFirst.ask("x");
    child.signal("SIGSTOP");
    await using sibling = new ChildProcess({
      words: words.split(" "),
      directory: directory.path,
      siblingOf: child,
      ...UNDERSTANDS_RETIRING,
    });
    const finishOne = async (by: ChildProcess) => {
      using client = await connect(child);
      expect(await client.ask("pid")).toBe(`${by.pid}`);
    };
    const retired = () =>
      child.records
        .filter((record) => record?.status === STATUS_RETIRING)
        .map((record) => record?.pid);

    using ofSibling = await connect(child);
    expect(await ofSibling.ask("pid")).toBe(`${sibling.pid}`);
    await finishOne(sibling);
    await waitFor("the sibling to retire", () => retired().includes(sibling.pid));
    child.signal("SIGCONT");
    await finishOne(child); // used up, but it is not its turn
    await finishOne(child);
    expect(retired()).toEqual([sibling.pid]);
    ofSibling.send("quit\n");
    expect((await sibling.ended()).exitCode).toBe(0);
    await waitFor("its turn", () => retired().includes(child.pid));
    expect(await ofFirst.ask("x")).toBe("x");
    ofFirst.send("quit\n");
    expect((await child.ended()).exitCode).toBe(0);
  });

  test("computes for longer than daemon_timeout and is ended by the alarm (MUL-104)", async () => {
    await using started = start("-t inet probe", "daemon_timeout = 3s\n");
    const { child } = started;
    using client = await connect(child);
    client.send("compute 20000\n");
    await child.ended();
    expect(child.signalCode).toBe("SIGALRM");
  });

  test("refuses a daemon_timeout that leaves no time at all (MUL-105)", async () => {
    await using started = start("-t inet probe", "daemon_timeout = 2s\n");
    const { exitCode, stderr } = await started.child.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("fatal: Cannot use daemon_timeout = 2 s: expected at least 3 s");
  });
});
