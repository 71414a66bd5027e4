/** Our child under both masters: what only the two together show. */
import { expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import type { MasterProcess } from "../support/master-process.ts";
import { type Master, onEachMaster, PFMASTER } from "../support/masters.ts";
import { isAlive } from "../support/process-facts.ts";
import { Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { Conversation } from "./conversation.ts";

const SERVICES = join(import.meta.dir, "services");
/** The goal was proved with 1,000; these are enough to notice a change. */
const KILLS = Number(process.env["CHILD_KILLS"] ?? 200);
const EARLY_KILLS = Number(process.env["EARLY_CHILD_KILLS"] ?? 5);
const CLIENTS = 8;
const REFUSED_PAUSE_MILLISECONDS = 20;
const HEARD_MILLISECONDS = 50;

async function withServices(master: Master, line: string, settings: Record<string, string> = {}) {
  const sandbox = await Sandbox.create(master, {
    services: [line],
    settings: { limit_jitter_percent: "0", ...settings },
  });
  symlinkSync(PFMASTER.path, sandbox.path("daemons", "pfmaster"));
  mkdirSync(sandbox.path("etc/services"));
  chmodSync(sandbox.path("etc/services"), 0o755);
  for (const name of readdirSync(SERVICES)) {
    copyFileSync(join(SERVICES, name), sandbox.path("etc/services", name));
    chmodSync(sandbox.path("etc/services", name), 0o644);
  }
  return sandbox;
}

const connect = (sandbox: Sandbox) =>
  Conversation.open({ unix: sandbox.path("queue/private/test") });

/** [pid, begin, end] */
const readRun = (reply: string) => reply.split(" ").map(Number);

onEachMaster("a multi-server child", (master) => {
  test("that blocks for a second: three clients, three processes at once", async () => {
    await using sandbox = await withServices(master, "test unix - - n - 3 pfmaster blocking");
    await sandbox.start();
    const clients = await Promise.all([1, 2, 3].map(() => connect(sandbox)));
    const replies = await Promise.all(clients.map((client) => client.ask("compute 1000")));
    const runs = replies.map(readRun);
    expect(new Set(runs.map(([pid]) => pid)).size).toBe(3);
    const lastBegin = Math.max(...runs.map(([, began = 0]) => began));
    const firstEnd = Math.min(...runs.map(([, , ended = 0]) => ended));
    expect(lastBegin).toBeLessThan(firstEnd);
  });

  test("that waits for a second: 100 clients, one process", async () => {
    await using sandbox = await withServices(master, "test unix - - n - 3 pfmaster probe");
    await sandbox.start();
    using first = await connect(sandbox);
    await first.ask("x");
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(sandbox)));
    const replies = await Promise.all(clients.map((client) => client.ask("await 1000")));
    expect(new Set(replies.map((reply) => readRun(reply)[0])).size).toBe(1);
  });

  test("retires at max_use under load, and is replaced", async () => {
    const settings = { max_use: "3", retire_min_age: "0s" };
    await using sandbox = await withServices(
      master,
      "test unix - - n - 2 pfmaster probe",
      settings,
    );
    await sandbox.start();
    using constant = await connect(sandbox);
    const old = await constant.ask("pid");
    const served = new Set<string>();
    await waitFor("another process", async () => {
      using client = await connect(sandbox);
      served.add(await client.ask("pid"));
      return served.size > 1 || (served.size === 1 && !served.has(old));
    });
    expect(await constant.ask("pid")).toBe(old);
    constant.send("quit\n");
    await waitFor("the old process to end", () => !isAlive(Number(old)));
    expect(sandbox.recordsOf(/warning|fatal/)).toEqual([]);
  });

  const onReload = master.name === "pfmaster" ? "finishes" : "drops"; // it can tell only ours
  test(`${onReload} its clients when the master reloads, and others find a new process`, async () => {
    await using sandbox = await withServices(master, "test unix - - n - 2 pfmaster probe");
    const running = await sandbox.start();
    using client = await connect(sandbox);
    const old = await client.ask("pid");
    await sandbox.reload(running);
    const path = sandbox.path("queue/private/test");
    const next = await waitFor("a reply of another process", async () => {
      const reply = await askOnce(path);
      return typeof reply === "number" && `${reply}` !== old;
    });
    expect(next).toBe(true);
    if (master.name === "postfix") return client.isDisconnected();
    expect(await client.ask("pid")).toBe(old);
    client.send("quit\n");
    return waitFor("the old process to end", () => !isAlive(Number(old))).then(() => {});
  });

  test(
    `killed ${KILLS} times under load costs no client that it was not serving`,
    async () => {
      await using sandbox = await withServices(master, "test unix - - n - 3 pfmaster blocking", {
        max_use: "1000000",
      });
      await sandbox.start();
      await using load = new Load(sandbox.path("queue/private/test"));
      await waitFor("the first replies", () => load.replies > CLIENTS);
      let kills = 0;
      await waitFor(
        () => `${KILLS} kills, had ${kills}; ${load.describe()}\n${sandbox.logText()}`,
        () => {
          const pid = load.proven.values().next().value;
          if (pid === undefined) return false;
          load.proven.delete(pid);
          if (!isAlive(pid)) return false;
          process.kill(pid, "SIGKILL");
          kills++;
          return kills >= KILLS;
        },
        60_000 + KILLS * 300,
      );
      const then = load.replies;
      await waitFor("further replies", () => load.replies > then + CLIENTS);
      await load.stop();
      console.log(`${master.name}: ${kills} kills, ${load.describe()}`);
      // the original may hear of a death first, and then takes it for a bad start: clients wait
      if (master.name === "pfmaster") expect(sandbox.recordsOf(/throttling/)).toEqual([]);
      expect(load.refused).toBe(0);
      // A process of this service serves one client at a time: no kill can cost more.
      expect(load.cut).toBeLessThanOrEqual(kills);
    },
    120_000 + KILLS * 300,
  );

  test(`killed ${EARLY_KILLS} times before it serves anybody costs time only`, async () => {
    await using sandbox = await withServices(master, "test unix - - n - 1 pfmaster slow-start", {
      service_throttle_time: "1s",
      ...(master.name === "pfmaster" ? { service_throttle_initial_time: "1s" } : {}),
    });
    const running = await sandbox.start();
    const clients = await Promise.all([1, 2, 3].map(() => connect(sandbox)));
    const replies = Promise.all(clients.map((client) => client.ask("x", 60_000)));
    for (let kills = 0; kills < EARLY_KILLS; kills++) await killChild(running);
    expect(await replies).toEqual(["x", "x", "x"]);
  });
});

async function killChild(running: MasterProcess): Promise<void> {
  const pid = await waitFor("a child", () => running.children()[0]);
  process.kill(pid, "SIGKILL");
  await waitFor("its end", () => !running.children().includes(pid));
}

/** Clients that connect, ask for a pid, and go, over and over. */
class Load {
  /**
   * Processes that have completed a request, so long ago that the master has heard of it: the
   * original may hear of a death before what the dead has said.
   */
  readonly proven = new Set<number>();
  readonly #firstReply = new Map<number, number>();
  replies = 0;
  /** Disconnected before the reply. */
  cut = 0;
  /** Could not even connect. */
  refused = 0;
  #stopped = false;
  readonly #clients: Promise<unknown>;

  constructor(path: string) {
    this.#clients = Promise.all(Array.from({ length: CLIENTS }, () => this.#run(path)));
  }

  describe(): string {
    return `${this.replies} replies, ${this.cut} cut, ${this.refused} refused`;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#clients;
  }

  /** Not waiting for clients: the sandbox's end sends them home. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
  }

  async #run(path: string): Promise<void> {
    while (!this.#stopped) {
      const reply = await askOnce(path);
      if (reply === "refused") {
        this.refused++;
        await Bun.sleep(REFUSED_PAUSE_MILLISECONDS);
      } else if (reply === "cut") this.cut++;
      else {
        this.replies++;
        const first = this.#firstReply.get(reply) ?? performance.now();
        this.#firstReply.set(reply, first);
        if (performance.now() - first > HEARD_MILLISECONDS) this.proven.add(reply);
      }
    }
  }
}

async function askOnce(path: string): Promise<number | "cut" | "refused"> {
  const { promise, resolve } = Promise.withResolvers<number | "cut" | "refused">();
  let text = "";
  try {
    const socket = await Bun.connect({
      unix: path,
      socket: {
        open: (socket) => void socket.write("pid\n"),
        data(_socket, bytes) {
          text += bytes.toString();
          if (text.endsWith("\n")) resolve(Number(text));
        },
        close: () => resolve("cut"),
        error: () => resolve("cut"),
      },
    });
    const reply = await promise;
    socket.terminate();
    return reply;
  } catch (error) {
    if (error instanceof Error && "code" in error) return "refused";
    throw error;
  }
}
