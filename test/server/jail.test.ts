/** What a jailed child is, seen from outside (MUL-35 to MUL-39, MUL-56 to MUL-59, MUL-111). */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { userByName } from "../../src/os/account.ts";
import { descriptorsOf, processFacts } from "../support/process-facts.ts";
import { waitFor } from "../support/wait-for.ts";
import { childDirectory, isRoot } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { collectLog } from "./collect-log.ts";
import { Conversation } from "./conversation.ts";

setDefaultTimeout(30_000);

const CLOSE_ON_EXEC = 0o2000000;

describe.skipIf(!isRoot)("a jailed child", () => {
  test("reads a client's first byte only after it has given up its privileges", async () => {
    using directory = childDirectory();
    mkdirSync(directory.file("queue/gates"));
    chmodSync(directory.file("queue/gates"), 0o755);
    const outer = directory.file("gates");
    mkdirSync(outer);
    // one name for the directory on both sides of the jail
    const words = ["-c", "-u", "-t", "inet", "gate", outer];
    mkdirSync(directory.file(`queue${outer}`), { recursive: true });
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("secret");
    const queued = () => serverSide(child.port);
    await waitFor("the bytes to be queued", () => queued()?.unread === 6);

    expect(processFacts(child.pid)?.uids).toEqual([0, 0, 0, 0]);
    expect(queued()).toEqual({ unread: 6, accepted: false });
    writeFileSync(`${outer}/beforeJail`, "");
    const { uid } = userByName("postfix") ?? { uid: -1 };
    await waitFor("the jail", () => processFacts(child.pid)?.uids.every((id) => id === uid));
    expect(queued()).toEqual({ unread: 6, accepted: false });
    writeFileSync(directory.file(`queue${outer}/afterJail`), "");
    await client.receives("secret");
  });

  test("holds the descriptors of its master, one copy of the listener, its log and its clients", async () => {
    using directory = childDirectory();
    using log = collectLog(directory.file("log"));
    await using child = new ChildProcess({
      words: ["-c", "-u", "-t", "inet", "echo"],
      directory: directory.path,
      environment: { POSTLOG_SERVICE: log.path },
    });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("x");
    await client.receives("x");
    const all = descriptorsOf(child.pid);
    expect(all.slice(0, 7).map(({ fd }) => fd)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const { fd, flags } of all.slice(3))
      expect([fd, flags & CLOSE_ON_EXEC]).toEqual([fd, CLOSE_ON_EXEC]);
    const others = all.slice(7).map(({ target }) => target.split(":")[0]);
    expect(others.filter((kind) => kind !== "anon_inode" && kind !== "socket")).toEqual([]);
    expect(others.filter((kind) => kind === "socket").length).toBeLessThanOrEqual(3);
  });
});

/** The kernel's own end of the one connection to a port: unaccepted, it has no inode yet. */
function serverSide(port: number): { unread: number; accepted: boolean } | null {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of readFileSync("/proc/net/tcp", "latin1").split("\n")) {
    const [, address = "", , state, queues = "", , , , , inode] = line.trim().split(/\s+/);
    if (!address.endsWith(local) || state !== "01") continue;
    return { unread: Number.parseInt(queues.split(":")[1] ?? "", 16), accepted: inode !== "0" };
  }
  return null;
}
