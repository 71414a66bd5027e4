/** Where a master listens: owners, modes, queues, addresses, names (SVC-11 to SVC-40, SVC-59 to SVC-63). */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";

import { onEachMaster } from "../support/masters.ts";
import { ownNetwork } from "../support/namespaces.ts";
import { processFacts } from "../support/process-facts.ts";
import { freePort, Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";

onEachMaster("listeners", (master) => {
  test("belong to mail_owner, with mode 0666, a fifo with 0622 (SVC-32, SVC-34, SVC-35)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [
        "u unix n - n - 5 probe",
        "d unix-dgram - - n - 5 probe",
        "p pass n - n - 5 probe",
        "f fifo n - n - 1 probe",
      ],
    });
    await sandbox.start();
    const { uid, gid } = sandbox.owner;
    for (const [name, mode] of [
      ["public/u", 0o140666],
      ["private/d", 0o140666],
      ["public/p", 0o140666],
      ["public/f", 0o010622],
    ] as const) {
      const stat = statSync(sandbox.path("queue", name));
      expect({ name, mode: stat.mode, uid: stat.uid, gid: stat.gid }).toEqual({
        name,
        mode,
        uid,
        gid,
      });
    }
  });

  test("replace what lies in their place (SVC-33)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["u unix n - n - 5 probe @serve"],
    });
    writeFileSync(sandbox.path("queue/public/u"), "left over");
    await sandbox.start();
    using client = await sandbox.connect("public/u");
    await client.pid();
  });

  test("have a queue of the larger of process limit and default limit (SVC-37)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { default_process_limit: "20" },
    });
    sandbox.writeServices([
      `${sandbox.address}:2525 inet n - n - 50 probe @serve`,
      `${sandbox.address}:2526 inet n - n - 5 probe @serve`,
      "u unix n - n - 60 probe @serve",
    ]);
    await sandbox.start();
    expect(backlogs("-lnt", `${sandbox.address}:2525`)).toEqual([50]);
    expect(backlogs("-lnt", `${sandbox.address}:2526`)).toEqual([20]);
    using client = await sandbox.connect("public/u");
    const socket = listenerOf(await client.pid());
    const inode = /\d+/.exec(socket ?? "")?.[0] ?? "";
    expect(backlogs("-lnx", ` ${inode} `)).toEqual([60]);
  });

  test("share their port with whoever asks for that too (SVC-39)", async () => {
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([`${sandbox.address}:2525 inet n - n - 5 probe @serve`]);
    await sandbox.start();
    const second = createServer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    second.once("error", reject);
    second.listen({ host: sandbox.address, port: 2525, reusePort: true }, resolve);
    await promise;
    second.close();
  });

  test("take every form of an address, and localhost (SVC-16, SVC-18)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { inet_protocols: "ipv4, ipv6", known_tcp_ports: "sandbox=2530" },
    });
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const [a, b, c, d] = ports;
    sandbox.writeServices([
      `${sandbox.address}:2525 inet n - n - 5 probe @serve`,
      `[${sandbox.address}]:2526 inet n - n - 5 probe @serve`,
      `[::1]:${a} inet n - n - 5 probe @serve`,
      `[IPv6:::1]:${b} inet n - n - 5 probe @serve`,
      `::1:${c} inet n - n - 5 probe @serve`,
      `localhost:${d} inet n - n - 5 probe @serve`,
      `${sandbox.address}:sandbox inet n - n - 5 probe @serve`,
    ]);
    await sandbox.start();
    for (const [hostname, port] of [
      [sandbox.address, 2525],
      [sandbox.address, 2526],
      [sandbox.address, 2530],
      ["::1", a],
      ["::1", b],
      ["::1", c],
      ["127.0.0.1", d],
    ] as const) {
      using client = await sandbox.connectTcp(port ?? 0, hostname);
      await client.pid();
    }
  });

  test("names for one address are one service: a warning, and the last entry counts (SVC-22, SVC-50)", async () => {
    await using sandbox = await Sandbox.create(master, {
      settings: { known_tcp_ports: "sandbox=2525" },
    });
    sandbox.writeServices([
      `${sandbox.address}:2525 inet n - n - 5 probe @serve first`,
      `[${sandbox.address}]:sandbox inet n - n - 7 probe @serve last`,
    ]);
    const running = await sandbox.start({ environment: await sandbox.collectEarlyLog() });
    const warning = await sandbox.waitForRecord(/warning: .*(duplicate|already)/);
    expect(warning.text).toContain(`${sandbox.address}:2525`);
    using client = await sandbox.connectTcp(2525);
    const words = processFacts(await client.pid())?.arguments ?? [];
    expect(words.slice(0, 3)).toEqual(["probe", "-n", `[${sandbox.address}]:sandbox`]);
    expect(words.at(-1)).toBe("last");
    expect(running.children()).toHaveLength(1);
  });

  test("a name may be in private and in public, under several types (SVC-52)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["x unix n - n - 5 probe @serve", "x unix - - n - 5 probe @serve"],
    });
    await sandbox.start({ environment: await sandbox.collectEarlyLog() });
    expect(sandbox.recordsOf(/warning/)).toEqual([]);
    for (const path of ["public/x", "private/x"]) {
      using client = await sandbox.connect(path);
      await client.pid();
    }
  });

  test("a name may contain a slash when the directory is there (SVC-13)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["deep/x unix n - n - 5 probe @serve"],
    });
    mkdirSync(sandbox.path("queue/public/deep"), { mode: 0o777 });
    Bun.spawnSync(["chown", sandbox.owner.name, sandbox.path("queue/public/deep")]);
    await sandbox.start();
    using client = await sandbox.connect("public/deep/x");
    await client.pid();
  });

  test("a path of 107 bytes is the longest (SVC-36)", async () => {
    const name = "x".repeat(107 - "public/".length);
    await using sandbox = await Sandbox.create(master, {
      services: [`${name} unix n - n - 5 probe @serve`],
    });
    await sandbox.start();
    expect(existsSync(sandbox.path("queue/public", name))).toBe(true);
  });

  test("an address for each of inet_interfaces, in order, without a host (SVC-19, SVC-20)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe"],
      settings: { inet_interfaces: "192.0.2.9, 127.0.0.1 192.0.2.10 192.0.2.9" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork(["192.0.2.9/32", "192.0.2.10/32"]) });
    expect(listeningAddresses(running.pid)).toEqual([
      "127.0.0.1:2525",
      "192.0.2.10:2525",
      "192.0.2.9:2525",
    ]);
  });

  test("only on loopback with loopback-only (MCF-69)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe"],
      settings: { inet_interfaces: "loopback-only" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork(["192.0.2.9/32", "127.0.0.9/32"]) });
    expect(listeningAddresses(running.pid)).toEqual(["127.0.0.1:2525", "127.0.0.9:2525"]);
  });

  test("a host in master.cf does not care about inet_interfaces (SVC-62)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["192.0.2.9:2525 inet n - n - 5 probe"],
      settings: { inet_interfaces: "127.0.0.1" },
    });
    const running = await sandbox.start({ wrapper: ownNetwork(["192.0.2.9/32"]) });
    expect(listeningAddresses(running.pid)).toEqual(["192.0.2.9:2525"]);
  });

  test("none for inet without a protocol: a warning, the rest runs (SVC-61)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["2525 inet n - n - 5 probe", "u unix n - n - 5 probe @serve"],
    });
    sandbox.writeConfiguration(
      "main.cf",
      `${readFileSync(sandbox.path("etc/main.cf"), "utf8")}inet_protocols =\n`,
    );
    const running = await sandbox.start({ environment: await sandbox.collectEarlyLog() });
    await waitFor("the warning", () => sandbox.recordsOf(/warning: .*inet_protocols/).length > 0);
    expect(listeningAddresses(running.pid, sandbox)).toEqual([]);
    using client = await sandbox.connect("public/u");
    await client.pid();
  });
});

/** The Send-Q column of listening sockets whose line contains the text. */
function backlogs(kind: string, text: string): number[] {
  return Bun.spawnSync(["ss", "-H", kind])
    .stdout.toString()
    .split("\n")
    .map((line) => `${line.trim()} `)
    .filter((line) => line.includes(text))
    .map((line) => Number(line.split(/\s+/)[kind.endsWith("x") ? 3 : 2]));
}

function listenerOf(pid: number): string | undefined {
  return processFacts(pid)?.descriptors.find(({ fd }) => fd === 6)?.target;
}

/** IPv4 listeners in the master's network, held by itself when a sandbox is given. */
function listeningAddresses(pid: number, sandbox?: Sandbox): string[] {
  const own = sandbox?.socketsOf(pid);
  return readFileSync(`/proc/${pid}/net/tcp`, "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[3] === "0A")
    .filter((words) => own === undefined || own.includes(`socket:[${words[9]}]`))
    .map((words) => {
      const [address = "", port = ""] = (words[1] ?? "").split(":");
      const bytes = address.match(/../g)?.reverse() ?? [];
      return `${bytes.map((byte) => Number.parseInt(byte, 16)).join(".")}:${Number.parseInt(port, 16)}`;
    })
    .sort();
}
