/** A reload cannot kill the master or lose a socket: what pfmaster promises beyond the original (D15). */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

import type { MasterProcess } from "../support/master-process.ts";
import { onPfmaster } from "../support/masters.ts";
import { ownNetwork } from "../support/namespaces.ts";
import { isAlive, processFacts } from "../support/process-facts.ts";
import { freePort, Sandbox } from "../support/sandbox.ts";
import { neverHappens, waitFor } from "../support/wait-for.ts";
import { badConfigurations, occupy } from "./bad-configurations.ts";
import { differenceTitle } from "./differences.ts";

const UNIX = "echo unix n - n - 2 probe @serve";

onPfmaster("a bad reload changes nothing", (master) => {
  for (const { title, spoil, says, place } of badConfigurations.filter(
    (bad) => bad.startOnly === undefined,
  )) {
    test(`${title}: logged with its place, children, sockets and queued clients stay`, async () => {
      await using sandbox = await Sandbox.create(master);
      const good = [UNIX, `${sandbox.address}:2525 inet n - n - 1 probe @serve`];
      sandbox.writeServices(good);
      const running = await sandbox.start();
      const idle = await idleChild(sandbox, "public/echo");
      using holder = await sandbox.connectTcp(2525);
      await holder.pid();
      using queued = await sandbox.connectTcp(2525);
      const before = sandbox.socketsOf(running.pid);
      const known = sandbox.log().length;

      await using stack = new AsyncDisposableStack();
      await spoil(sandbox, good, stack);
      running.signal("SIGHUP");
      const record = await waitFor(
        () => `a record that says ${says}\n${sandbox.logText()}`,
        () =>
          sandbox
            .log()
            .slice(known)
            .find(({ text }) => says.test(text)),
      );
      if (place !== undefined) expect(record.text).toMatch(place);
      expect(record.severity).toMatch(/error|warning/);

      holder[Symbol.dispose]();
      await queued.pid();
      expect(running.hasExited).toBe(false);
      expect(isAlive(idle)).toBe(true); // it was not even asked to leave
      expect(sandbox.socketsOf(running.pid)).toEqual(before);
    });
  }

  test("every error of both files is in the log, not the first one only", async () => {
    await using sandbox = await Sandbox.create(master, { services: [UNIX] });
    const running = await sandbox.start();
    sandbox.writeSettings({ default_process_limit: "ten", service_throttle_time: "soon" });
    sandbox.writeServices([UNIX, "a udp n - n - 1 probe", "b unix n - n x 1 probe", "c unix n"]);
    running.signal("SIGHUP");
    for (const error of [
      /default_process_limit/,
      /service_throttle_time/,
      /master\.cf:2:3:/,
      /master\.cf:3:14:/,
      /master\.cf:4:/,
    ]) {
      await sandbox.waitForRecord(error);
    }
    using client = await sandbox.connect("public/echo");
    await client.pid();
  });

  test("a good reload after a bad one works", async () => {
    await using sandbox = await Sandbox.create(master, { services: [UNIX] });
    const running = await sandbox.start();
    sandbox.writeServices([UNIX, "broken"]);
    running.signal("SIGHUP");
    await sandbox.waitForRecord(/master\.cf:2:/);
    sandbox.writeServices([UNIX, "fresh unix n - n - 1 probe @serve"]);
    running.signal("SIGHUP");
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/fresh")));
    using client = await sandbox.connect("public/fresh");
    await client.pid();
  });

  test("what was bound before the error is closed and removed again", async () => {
    await using sandbox = await Sandbox.create(master, { services: [UNIX] });
    const running = await sandbox.start();
    const before = sandbox.socketsOf(running.pid);
    await using _occupied = await occupy(sandbox.address, 2599);
    sandbox.writeServices([
      UNIX,
      "early unix n - n - 1 probe",
      `${sandbox.address}:2598 inet n - n - 1 probe`,
      `${sandbox.address}:2599 inet n - n - 1 probe`,
    ]);
    running.signal("SIGHUP");
    await sandbox.waitForRecord(/2599/);
    await waitFor("the sockets to be closed", () =>
      Bun.deepEquals(sandbox.socketsOf(running.pid), before),
    );
    expect(filesIn(sandbox.path("queue/public"))).toEqual(["echo"]);
  });
});

onPfmaster("a reload keeps what it can", (master) => {
  test(differenceTitle(master, "kept-listener"), async () => {
    await using sandbox = await Sandbox.create(master);
    const port = await freePort();
    sandbox.writeServices([`localhost:${port} inet n - n - 1 probe @serve`]);
    const running = await sandbox.start();
    using holder = await sandbox.connectTcp(port, "127.0.0.1");
    const before = listenerOf(await holder.pid());
    using queued = await sandbox.connectTcp(port, "127.0.0.1");
    sandbox.writeServices([`127.0.0.1:${port} inet n - n - 1 probe @serve`]);
    await sandbox.reload(running);
    expect(listenerOf(await queued.pid())).toBe(before ?? "");
  });

  test("unix becomes pass: the socket, its file and its queue stay (D15)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 1 probe @serve"],
    });
    const running = await sandbox.start();
    using holder = await sandbox.connect("public/echo");
    const before = [
      listenerOf(await holder.pid()),
      statSync(sandbox.path("queue/public/echo")).ino,
    ];
    using _queued = await sandbox.connect("public/echo");
    sandbox.writeServices(["echo pass n - n - 1 probe @forever"]);
    running.signal("SIGHUP");
    const child = await waitFor("the new child", () =>
      running.children().find((pid) => processFacts(pid)?.arguments.includes("pass")),
    );
    expect([listenerOf(child), statSync(sandbox.path("queue/public/echo")).ino]).toEqual(before);
  });

  test("a service gets the new words although its address has another name now", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { known_tcp_ports: "sandbox=2525" },
    });
    sandbox.writeServices([`${sandbox.address}:2525 inet n - n - 2 probe @serve`]);
    const running = await sandbox.start();
    sandbox.writeServices([`[${sandbox.address}]:sandbox inet n - n - 2 probe @serve`]);
    await sandbox.reload(running);
    using client = await sandbox.connectTcp(2525);
    await waitFor("the new name", async () => {
      using next = await sandbox.connectTcp(2525);
      return processFacts(await next.pid())?.arguments.includes(`[${sandbox.address}]:sandbox`);
    });
    await client.pid();
  });

  test("no name of another service is used for what is bound before the switch", async () => {
    const endings = ["~", ".new", ".tmp", "-new", ".tmp~"];
    const old = endings.map((ending) => `x${ending} unix n - n - 2 probe @serve`);
    await using sandbox = await Sandbox.create(master, { services: old });
    const running = await sandbox.start();
    sandbox.writeServices([...old, "x unix n - n - 2 probe @serve"]);
    running.signal("SIGHUP");
    await waitFor("the new service", () => existsSync(sandbox.path("queue/public/x")));
    for (const ending of ["", ...endings]) {
      using client = await sandbox.connect(`public/x${ending}`);
      await client.pid();
    }
  });

  test("from every address to one, on the same port", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe"],
      settings: { inet_interfaces: "all" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork([]) });
    expect(listening(running)).toEqual(["0.0.0.0:2525"]);
    sandbox.writeSettings({ inet_interfaces: "all" });
    sandbox.writeServices(["127.0.0.1:2525 inet n - n - 5 probe"]);
    running.signal("SIGHUP");
    await waitFor("the change", () => Bun.deepEquals(listening(running), ["127.0.0.1:2525"]));
    sandbox.writeSettings({ inet_interfaces: "all" });
    sandbox.writeServices(["2525 inet n - n - 5 probe"]);
    running.signal("SIGHUP");
    await waitFor("the way back", () => Bun.deepEquals(listening(running), ["0.0.0.0:2525"]));
  });

  test("a connection that is queued on a listener that goes away is still served (D15)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([UNIX, `${sandbox.address}:2525 inet n - n - 5 probe @serve`]);
    const running = await sandbox.start();
    running.signal("SIGSTOP"); // so that nobody takes it before the reload
    using queued = await sandbox.connectTcp(2525);
    sandbox.writeServices([UNIX]);
    running.signal("SIGHUP");
    running.signal("SIGCONT");
    const served = await queued.pid().catch(() => null);
    // Handed to a child, or counted in the log: never lost without a word.
    if (served === null) await sandbox.waitForRecord(/2525.*1 |1 .*2525/);
  });
});

onPfmaster("addresses follow a reload", (master) => {
  test(differenceTitle(master, "interfaces-on-reload"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe"],
      settings: { inet_interfaces: "127.0.0.1" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork(["192.0.2.9/32", "192.0.2.10/32"]) });
    expect(listening(running)).toEqual(["127.0.0.1:2525"]);
    const kept = sandbox.socketsOf(running.pid).filter((socket) => isTcp(running, socket));
    sandbox.writeSettings({ inet_interfaces: "127.0.0.1, 192.0.2.9" });
    running.signal("SIGHUP");
    await waitFor("the new address", () => listening(running).includes("192.0.2.9:2525"));
    expect(listening(running)).toEqual(["127.0.0.1:2525", "192.0.2.9:2525"]);
    expect(sandbox.socketsOf(running.pid)).toContain(kept[0] ?? "none");
    sandbox.writeSettings({ inet_interfaces: "192.0.2.9, 192.0.2.10" });
    running.signal("SIGHUP");
    await waitFor("the old address to go", () =>
      Bun.deepEquals(listening(running), ["192.0.2.10:2525", "192.0.2.9:2525"]),
    );
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
  });

  test("-s counts the listeners that are really passed (SVC-63)", async () => {
    await using sandbox = await Sandbox.create(master);
    const port = await freePort();
    const service = `${port} inet n - n - 5 probe @serve`;
    sandbox.writeServices([service]);
    const running = await sandbox.start();
    sandbox.writeSettings({ inet_protocols: "ipv4, ipv6", inet_interfaces: "loopback-only" });
    running.signal("SIGHUP");
    using client = await waitFor("IPv6 to be served", () =>
      sandbox.connectTcp(port, "::1").catch(() => null),
    );
    const facts = processFacts(await client.pid());
    const words = facts?.arguments ?? [];
    const listeners = facts?.descriptors.filter(
      ({ fd, target, flags }) =>
        fd >= 6 && target.startsWith("socket:") && (flags & 0o2000000) === 0,
    );
    expect(words[words.indexOf("-s") + 1]).toBe("2");
    expect(listeners).toHaveLength(2);
  });

  test(differenceTitle(master, "protocols-on-reload"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe", UNIX],
      settings: { inet_interfaces: "all", inet_protocols: "ipv4, ipv6" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork([]) });
    expect(listening(running, "tcp6")).toHaveLength(1);
    sandbox.writeSettings({ inet_interfaces: "all", inet_protocols: "ipv4" });
    running.signal("SIGHUP");
    await waitFor("IPv6 to be closed", () => listening(running, "tcp6").length === 0);
    expect(listening(running)).toEqual(["0.0.0.0:2525"]);
    sandbox.writeSettings({ inet_interfaces: "all", inet_protocols: "ipv4, ipv6" });
    running.signal("SIGHUP");
    await waitFor("IPv6 to be back", () => listening(running, "tcp6").length === 1);
    expect(running.hasExited).toBe(false);
  });
});

onPfmaster("removing a service", (master) => {
  test("a stubborn child of a removed service is left alone until child_kill_delay is over", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [UNIX, "stubborn unix n - n - 5 probe @serve"],
      settings: { child_kill_delay: "3s" },
    });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/stubborn");
    const child = await client.pid();
    await client.ask("ignore-term");
    sandbox.writeServices([UNIX]);
    const begun = performance.now();
    running.signal("SIGHUP");
    await waitFor("its end", () => !isAlive(child));
    expect(performance.now() - begun).toBeGreaterThan(2000);
  });

  test("a service that comes back while its old child still dies works at once", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [UNIX, "stubborn unix n - n - 5 probe @serve"],
      settings: { child_kill_delay: "2s" },
    });
    const running = await sandbox.start();
    using client = await sandbox.connect("public/stubborn");
    const child = await client.pid();
    await client.ask("ignore-term");
    sandbox.writeServices([UNIX]);
    await sandbox.reload(running);
    await waitFor("the socket to be closed", async () => {
      const attempt = await sandbox.connect("public/stubborn").catch(() => null);
      attempt?.[Symbol.dispose]();
      return attempt === null;
    });
    sandbox.writeServices([UNIX, "stubborn unix n - n - 5 probe @serve"]);
    await sandbox.reload(running);
    using next = await waitFor("the service", () =>
      sandbox.connect("public/stubborn").catch(() => null),
    );
    const fresh = await next.pid();
    await waitFor("the old child's end", () => !isAlive(child));
    await neverHappens("the new child's end", () => !isAlive(fresh));
  });
});

async function idleChild(sandbox: Sandbox, path: string): Promise<number> {
  using client = await sandbox.connect(path);
  return await client.pid();
}

function listenerOf(pid: number): string | undefined {
  return processFacts(pid)?.descriptors.find(({ fd }) => fd === 6)?.target;
}

function filesIn(directory: string): string[] {
  return readdirSync(directory).sort();
}

function listening(running: MasterProcess, table = "tcp"): string[] {
  return tcpTable(running, table)
    .filter((words) => words[3] === "0A")
    .map((words) => {
      const [address = "", port = ""] = (words[1] ?? "").split(":");
      const bytes = address.match(/../g)?.reverse() ?? [];
      const text = bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
      return `${text}:${Number.parseInt(port, 16)}`;
    })
    .sort();
}

function isTcp(running: MasterProcess, socket: string): boolean {
  return tcpTable(running, "tcp").some((words) => socket === `socket:[${words[9]}]`);
}

function tcpTable(running: MasterProcess, table: string): string[][] {
  return readFileSync(`/proc/${running.pid}/net/${table}`, "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
}
