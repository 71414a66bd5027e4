/** What a child finds when it starts: words, environment, descriptors, ids (PRO-01 to PRO-14, SVC-41). */
import { expect, test } from "bun:test";

import { onEachMaster, onPfmaster } from "../support/masters.ts";
import { type Descriptor, type ProcessFacts, processFacts } from "../support/process-facts.ts";
import { freePort, NOBODY, Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait-for.ts";
import { differenceTitle } from "./differences.ts";

const O_NONBLOCK = 0o4000;
const SIGPIPE = 13;

onEachMaster("the words of a child", (master) => {
  // The examples SVC-65 to SVC-70 with what starts them; "@" words are for the probe.
  test("SVC-65: a public inet service without a host, one listener for each address", async () => {
    const port = await freePort();
    await using sandbox = await Sandbox.create(master, {
      services: [`${port} inet n - n - - smtpd @serve`],
      settings: { inet_interfaces: "all", inet_protocols: "ipv4, ipv6" },
    });
    await sandbox.start();
    using client = await sandbox.connectTcp(port, "127.0.0.1");
    expect(await wordsOf(await client.pid())).toEqual(
      `smtpd -n ${port} -t inet -u -o stress= -s 2 @serve`.split(" "),
    );
    expect(await client.ask("listener")).toBe("6"); // IPv4 first (SVC-21)
    using other = await sandbox.connectTcp(port, "::1");
    expect(await other.ask("listener")).toBe("7");
  });

  test("SVC-66 and SVC-69: a limit of 1 is -l, the own name needs no -n", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["pickup unix n - n 60 1 pickup @serve", "anvil unix - - n - 1 anvil @serve"],
    });
    const running = await sandbox.start();
    const [pickup = 0] = await running.waitForChildren(1); // woken at once
    expect(await wordsOf(pickup)).toEqual(["pickup", "-l", "-t", "unix", "-u", "@serve"]);
    using client = await sandbox.connect("private/anvil");
    const words = ["anvil", "-l", "-t", "unix", "-u", "@serve"];
    expect(await wordsOf(await client.pid())).toEqual(words);
  });

  test("SVC-67: no limit is -z", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["cleanup unix n - n - 0 cleanup @serve"],
    });
    await sandbox.start();
    using client = await sandbox.connect("public/cleanup");
    const words = ["cleanup", "-z", "-t", "unix", "-u", "@serve"];
    expect(await wordsOf(await client.pid())).toEqual(words);
  });

  test("SVC-68: loopback only is not stress-aware, braces keep blanks and make empty words", async () => {
    const service = (host: string) =>
      `${host}:10025 inet n - n - 10 smtpd -o { a = b c } {} x a{b c}d @serve`;
    await using sandbox = await Sandbox.create(master);
    sandbox.writeServices([service(sandbox.address)]);
    await sandbox.start();
    using client = await sandbox.connectTcp(10025);
    expect(await wordsOf(await client.pid())).toEqual([
      ...["smtpd", "-n", `${sandbox.address}:10025`, "-t", "inet", "-u"],
      ...["-o", "a = b c", "", "x", "a{b c}d", "@serve"],
    ]);
  });

  test("the transports and the ids: fifo, pass with stress=, -c for chroot, no -u for root (SVC-41, SVC-45)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [
        "f fifo n n n 1000 1 probe @forever",
        "p pass n - y 1000 4 probe @forever",
        "q pass n - n 1000 1 probe @forever",
        "r pass n - n 1000 0 probe @forever",
      ],
    });
    const running = await sandbox.start();
    const children = await running.waitForChildren(4);
    expect(
      (await Promise.all(children.map(wordsOf))).map((words) => words.join(" ")).sort(),
    ).toEqual([
      "probe -l -n f -t fifo @forever",
      "probe -l -n q -t pass -u @forever",
      "probe -n p -t pass -u -c -o stress= @forever",
      "probe -z -n r -t pass -u @forever",
    ]);
  });

  test("-d and -v come after -t, one -v whatever the level (SVC-41)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 1 probe @serve"],
    });
    await sandbox.start({ options: ["-d", "-v", "-vv"] });
    using client = await sandbox.connect("public/echo");
    const words = ["probe", "-l", "-n", "echo", "-t", "unix", "-d", "-v", "-u", "@serve"];
    expect(await wordsOf(await client.pid())).toEqual(words);
  });

  test("a command in a subdirectory: as written in the first word, its last part is the name (SVC-30, SVC-41)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: [
        "probe unix n - n - 1 ./probe @serve",
        "$x unix n - n - 1 ./../daemons/probe $y @serve",
      ],
    });
    await sandbox.start();
    using plain = await sandbox.connect("public/probe");
    expect(await wordsOf(await plain.pid())).toEqual("./probe -l -t unix -u @serve".split(" "));
    using odd = await sandbox.connect("public/$x");
    expect(await wordsOf(await odd.pid())).toEqual(
      "./../daemons/probe -l -n $x -t unix -u $y @serve".split(" "), // no expansion: SVC-02
    );
  });
});

onEachMaster("the surroundings of a child", (master) => {
  test("has flow pipe, status channel and listener on 3 to 6, and nothing else (PRO-01 to PRO-06)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @forever", "b unix n - n 1000 1 probe @forever"],
    });
    const running = await sandbox.start();
    const children = await running.waitForChildren(2);
    const [first = [], second = []] = await Promise.all(children.map(descriptors));
    for (const found of [first, second]) {
      expect(found.map(({ fd }) => fd)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      const targets = found.map(({ target }) => target);
      expect(targets.slice(0, 2)).toEqual(["/dev/null", "/dev/null"]);
      expect(targets[3]).toMatch(/^pipe:/);
      expect(targets[4]).toBe(targets[3] ?? "");
      expect(targets[5]).toMatch(/^socket:/);
      expect(targets[6]).toMatch(/^socket:/);
      const flags = found.map((entry) => entry.flags);
      expect([3, 4, 6].map((fd) => (flags[fd] ?? 0) & O_NONBLOCK)).toEqual(
        Array(3).fill(O_NONBLOCK),
      );
      expect([3, 4].map((fd) => (flags[fd] ?? 0) & 3)).toEqual([0, 1]); // read end, write end
    }
    // One flow pipe for all (MST-110); a status channel and a listener of its own for each.
    expect(second[3]?.target).toBe(first[3]?.target ?? "");
    expect(second[5]?.target).not.toBe(first[5]?.target ?? "");
    expect(second[6]?.target).not.toBe(first[6]?.target ?? "");
  });

  test("shares the status channel among the children of a service (MST-93)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["echo unix n - n - 5 probe @serve"],
    });
    await sandbox.start();
    using first = await sandbox.connect("public/echo");
    const firstPid = await first.pid();
    using second = await sandbox.connect("public/echo");
    const [one, two] = [await descriptors(firstPid), await descriptors(await second.pid())];
    expect(one[5]?.target).toBe(two[5]?.target ?? "");
    expect(one[6]?.target).toBe(two[6]?.target ?? "");
  });

  test("is root in the queue directory, umask 077, the master's session, no signal blocked (MST-81)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @forever"],
    });
    const running = await sandbox.start();
    const [child = 0] = await running.waitForChildren(1);
    expect(await factsOf(child)).toMatchObject({
      workingDirectory: sandbox.queueDirectory,
      umask: 0o77,
      uids: [0, 0, 0, 0],
      gids: [0, 0, 0, 0],
      parent: running.pid,
      session: running.pid,
      processGroup: running.pid,
      blockedSignals: [],
    });
  });

  test(differenceTitle(master, "broken-pipes"), async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @forever"],
    });
    const running = await sandbox.start();
    const [child = 0] = await running.waitForChildren(1);
    const ignored = master.name === "postfix" ? [SIGPIPE] : [];
    expect((await factsOf(child)).ignoredSignals).toEqual(ignored);
  });

  test("has root's group only, and the caller's resource limits; files: the hard limit (SVC-32, D3)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @forever"],
    });
    const wrapper = [
      "bash",
      "-c",
      'ulimit -Sn 777; ulimit -Hn 3000; ulimit -Ss 4096; exec "$@"',
      "bash",
    ];
    const running = await sandbox.start({
      wrapper: ["setpriv", `--groups=0,${NOBODY.gid}`, ...wrapper],
    });
    const [child = 0] = await running.waitForChildren(1);
    const { groups, limits } = await factsOf(child);
    expect(groups).toEqual([0]); // the caller's are gone since the switch for the lock (MST-38)
    expect(limits).toMatch(/Max open files +3000 +3000/);
    expect(limits).toMatch(/Max stack size +4194304/);
  });

  test("keeps the terminal with -d (PRO-01)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @stderr=from-the-child @forever"],
    });
    const running = await sandbox.start({ options: ["-d"] });
    await waitFor("the child's line", () => running.stderr.includes("from-the-child\n"));
  });

  test("knows its generation in octal, counted over all services (MST-77, PRO-12)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n - 0 probe @serve", "b unix n - n - 0 probe @serve"],
    });
    await sandbox.start();
    const seen: string[] = [];
    for (let count = 0; count < 9; count++) {
      const client = await sandbox.connect(count % 2 === 0 ? "public/a" : "public/b");
      seen.push((await factsOf(await client.pid())).environment["GENERATION"] ?? "");
    }
    expect(seen).toEqual(["1", "2", "3", "4", "5", "6", "7", "10", "11"]);
  });

  test("moves tokens through the flow pipe, which survives a reload (MST-110, PRO-21, PRO-22)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n - 0 probe @serve", "b unix n - n - 0 probe @serve"],
    });
    const running = await sandbox.start();
    using producer = await sandbox.connect("public/a");
    expect(await producer.ask("take 1")).toBe("EAGAIN");
    expect(await producer.ask("produce 5")).toBe("5");
    await sandbox.reload(running);
    using consumer = await sandbox.connect("public/b");
    expect(await consumer.ask("take 3")).toBe("3");
    expect(await producer.ask("take 9")).toBe("2");
  });
});

onPfmaster("the surroundings of a child", (master) => {
  test("child_open_file_limit sets the limit of each child, not the master's (D3)", async () => {
    await using sandbox = await Sandbox.create(master, {
      services: ["a unix n - n 1000 1 probe @forever"],
      settings: { child_open_file_limit: "500" },
    });
    const running = await sandbox.start();
    const [child = 0] = await running.waitForChildren(1);
    await waitFor("the limit", async () =>
      /Max open files +500 +500/.test((await factsOf(child)).limits),
    );
    expect(processFacts(running.pid)?.limits).not.toMatch(/Max open files +500 /);
  });
});

async function factsOf(pid: number): Promise<ProcessFacts> {
  // Between fork and exec it is still a copy of the master.
  return await waitFor(`facts about process ${pid}`, () => {
    const facts = processFacts(pid);
    return facts?.environment["GENERATION"] === undefined ? null : facts;
  });
}

async function wordsOf(pid: number): Promise<readonly string[]> {
  return (await factsOf(pid)).arguments;
}

/** Without those of the client that asks. */
async function descriptors(pid: number): Promise<Descriptor[]> {
  return (await factsOf(pid)).descriptors.filter(({ flags }) => (flags & 0o2000000) === 0);
}
