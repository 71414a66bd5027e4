import { describe, expect, test } from "bun:test";

import type { Endpoint, ServiceEntry } from "../../src/config/service-entry.ts";
import { planReload } from "../../src/policy/reload-plan.ts";
import {
  added,
  altered,
  bound,
  calm,
  fifo,
  inet,
  kept,
  place,
  same,
  stream,
  tcp,
} from "./reload-expectations.ts";
import { servicePlan } from "./service-plan.ts";

describe("a reload", () => {
  const cleanup = servicePlan("cleanup");
  const local = servicePlan("local");
  const smtp = inet("25", [tcp("0.0.0.0"), tcp("::")]);

  test("of nothing is nothing", () => {
    expect(planReload([], [])).toEqual({ ...calm, services: [] });
  });

  test("at start binds everything in the order of the file", () => {
    expect(planReload([], [smtp, cleanup])).toEqual({
      ...calm,
      bind: [place(smtp, 0), place(smtp, 1), place(cleanup)],
      services: [added(smtp, bound, bound), added(cleanup, bound)],
    });
  });

  test("of the same files keeps every listener and every entry", () => {
    expect(planReload([smtp, cleanup], [smtp, cleanup])).toEqual({
      ...calm,
      services: [same(smtp, kept(smtp, 0), kept(smtp, 1)), same(cleanup, kept(cleanup))],
    });
  });

  test("adds, keeps and removes services", () => {
    expect(planReload([smtp, cleanup], [cleanup, local])).toEqual({
      ...calm,
      bind: [place(local)],
      services: [same(cleanup, kept(cleanup)), added(local, bound)],
      removed: [smtp.entry.identity],
      close: [place(smtp, 0), place(smtp, 1)],
    });
  });

  test("keeps the sockets of the addresses that stay when the interfaces change", () => {
    const before = inet("25", [tcp("192.0.2.1"), tcp("192.0.2.2")]);
    const after = inet("25", [tcp("192.0.2.2"), tcp("192.0.2.3")]);
    expect(planReload([before], [after])).toEqual({
      ...calm,
      bind: [place(after, 1)],
      services: [same(after, kept(before, 1), bound)],
      close: [place(before, 0)],
    });
  });

  test("moves the socket to the entry that has the address under another name", () => {
    const before = inet("localhost:25", [tcp("127.0.0.1")]);
    const after = inet("127.0.0.1:25", [tcp("127.0.0.1")]);
    expect(planReload([before], [after])).toEqual({
      ...calm,
      services: [added(after, kept(before))],
      removed: [before.entry.identity],
    });
  });

  test("moves the socket when the transport becomes another one of the same socket type", () => {
    const after = servicePlan("cleanup", { transport: "pass" });
    expect(planReload([cleanup], [after])).toEqual({
      ...calm,
      services: [added(after, kept(cleanup))],
      removed: [cleanup.entry.identity],
    });
  });

  test("binds anew when the transport becomes one of another socket type", () => {
    const after = servicePlan("cleanup", { transport: "fifo" }, [fifo("private/cleanup")]);
    expect(planReload([cleanup], [after])).toEqual({
      ...calm,
      bind: [place(after)],
      services: [added(after, bound)],
      removed: [cleanup.entry.identity],
      close: [place(cleanup)],
    });
  });

  test("knows a path by its parts, however it is written", () => {
    const after = servicePlan("./cleanup", {}, [stream("private/.//cleanup")]);
    expect(planReload([cleanup], [after]).services).toEqual([added(after, kept(cleanup))]);
  });

  test.each<[string, Endpoint, Endpoint]>([
    ["port", tcp("127.0.0.1", 25), tcp("127.0.0.1", 26)],
    ["address", tcp("127.0.0.1"), tcp("127.0.0.2")],
    ["place in the tree", stream("private/x"), stream("/private/x")],
    ["path", stream("private/x"), stream("public/x")],
    ["socket type", stream("private/x"), { kind: "datagram", path: "private/x" }],
  ])("binds anew for another %s", (_, old, endpoint) => {
    const plan = planReload([servicePlan("x", {}, [old])], [servicePlan("x", {}, [endpoint])]);
    expect([plan.bind.length, plan.close.length]).toEqual([1, 1]);
  });

  test("brings back a service whose children are still leaving: nothing of it listens", () => {
    const leaving = servicePlan("cleanup", {}, []);
    expect(planReload([leaving], [cleanup])).toEqual({
      ...calm,
      bind: [place(cleanup)],
      services: [altered(cleanup, bound)],
    });
  });

  test("keeps the descriptor order of the new entry", () => {
    const before = inet("25", [tcp("192.0.2.1"), tcp("192.0.2.2")]);
    const after = inet("25", [tcp("192.0.2.2"), tcp("192.0.2.1")]);
    expect(planReload([before], [after]).services).toEqual([
      same(after, kept(before, 1), kept(before, 0)),
    ]);
  });
});

describe("several services with one address", () => {
  const one = inet("25", [tcp("127.0.0.1")]);
  const two = inet("localhost:25", [tcp("127.0.0.1")]);
  const three = inet("127.0.0.1:25", [tcp("127.0.0.1")]);

  test("keep their own sockets, in whatever order they are written", () => {
    expect(planReload([one, two], [two, one])).toEqual({
      ...calm,
      services: [same(two, kept(two)), same(one, kept(one))],
    });
  });

  test("never share one socket: what is free moves, in the order of the lists", () => {
    expect(planReload([one, two], [three, two])).toEqual({
      ...calm,
      services: [added(three, kept(one)), same(two, kept(two))],
      removed: [one.entry.identity],
    });
    expect(planReload([one], [three, one])).toEqual({
      ...calm,
      bind: [place(three)],
      services: [added(three, bound), same(one, kept(one))],
    });
    expect(planReload([one, two], [three])).toMatchObject({
      services: [added(three, kept(one))],
      close: [place(two)],
    });
  });

  test("may be one service with the address twice", () => {
    const twice = inet("25", [tcp("127.0.0.1"), tcp("127.0.0.1")]);
    expect(planReload([twice], [twice]).services).toEqual([
      same(twice, kept(twice, 0), kept(twice, 1)),
    ]);
  });
});

describe("an entry", () => {
  const before = servicePlan("local");
  const elsewhere = { file: "/etc/postfix/master.cf", line: 99, column: 7 };

  test("is unchanged when it only moved in the file", () => {
    const moved = servicePlan("local", { at: elsewhere, nameAt: elsewhere, commandAt: elsewhere });
    expect(planReload([before], [moved]).services).toEqual([same(moved, kept(before))]);
  });

  test.each<[string, Partial<ServiceEntry>]>([
    ["external name", { externalName: "other" }],
    ["privileges", { unprivileged: false }],
    ["chroot", { chroot: true }],
    ["wakeup", { wakeupSeconds: 60 }],
    ["conditional wakeup", { wakeupConditional: true }],
    ["process limit", { processLimit: 1 }],
    ["command", { command: "virtual" }],
    ["executable", { path: "/other/local" }],
    ["arguments", { arguments: ["-v"] }],
  ])("is changed by another %s", (_, changes) => {
    const after = servicePlan("local", changes);
    expect(planReload([before], [after]).services).toEqual([altered(after, kept(before))]);
  });

  test("is changed when its children are started with or without stress slot", () => {
    const after = { ...before, localOnly: false };
    expect(planReload([before], [after]).services).toEqual([altered(after, kept(before))]);
  });

  test("is changed when its children get another number of listeners", () => {
    const after = servicePlan("local", {}, [...before.endpoints, stream("private/more")]);
    expect(planReload([before], [after]).services).toEqual([altered(after, kept(before), bound)]);
  });
});

describe("a reload of many services", () => {
  const many = (count: number, changes: Partial<ServiceEntry> = {}) =>
    Array.from({ length: count }, (_, index) => servicePlan(`service${index}`, changes));

  /** The best of a few runs: what the plan costs, not what else the machine does. */
  function bestMilliseconds(run: () => unknown): number {
    const runs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    return Math.min(...runs);
  }

  test("of 1,000 services is planned in a few milliseconds", () => {
    const before = many(1000);
    const after = many(1000, { transport: "pass" });
    expect(planReload(before, after).bind).toEqual([]);
    expect(bestMilliseconds(() => planReload(before, after))).toBeLessThan(50);
  });

  test("stays linear when all have one address", () => {
    const crowd = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => inet(`${prefix}${index}:25`, [tcp("127.0.0.1")]));
    const before = crowd("a", 20_000);
    const after = crowd("b", 20_000);
    const start = performance.now();
    expect(planReload(before, after).close).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
