import { describe, expect, test } from "bun:test";

import { planReload } from "../../src/policy/reload-plan.ts";
import { added, bound, calm, fifo, inet, kept, place, same, tcp } from "./reload-expectations.ts";
import { servicePlan } from "./service-plan.ts";

describe("two services with one socket file", () => {
  const at = (line: number) => ({ file: "/etc/postfix/master.cf", line, column: 1 });
  const unix = servicePlan("x", { nameAt: at(10) });
  const pass = servicePlan("x", { transport: "pass", nameAt: at(20) });
  const pipe = servicePlan("x", { transport: "fifo", nameAt: at(30) }, [fifo("private/x")]);
  const warning = {
    severity: "warning" as const,
    at: at(20),
    message:
      '"private/x" is also the endpoint of the unix service "x" in /etc/postfix/master.cf:10: no client will reach that service',
  };

  test("get a warning at start, where the last one wins as in the original", () => {
    expect(planReload([], [unix, pass])).toEqual({
      ...calm,
      bind: [place(unix), place(pass)],
      services: [added(unix, bound), added(pass, bound)],
      problems: [warning],
    });
  });

  test("are both kept as they are when both run", () => {
    expect(planReload([unix, pass], [unix, pass])).toEqual({
      ...calm,
      services: [same(unix, kept(unix)), same(pass, kept(pass))],
    });
  });

  test("are refused when the new one would take the file of one that runs", () => {
    const problem = {
      severity: "error" as const,
      at: at(30),
      message:
        '"private/x" is also the endpoint of the unix service "x" in /etc/postfix/master.cf:10, which is in use: give one of them another name',
    };
    expect(planReload([unix], [unix, pipe]).problems).toEqual([problem]);
    expect(planReload([unix], [pipe, unix]).problems).toEqual([problem]);
  });

  test("are one again when the second goes: the first is bound anew, as its file is lost", () => {
    expect(planReload([unix, pass], [unix])).toEqual({
      ...calm,
      bind: [place(unix)],
      services: [same(unix, bound)],
      removed: [pass.entry.identity],
      close: [place(unix), place(pass)],
    });
  });

  test("are one again when the first goes: the second still has its file", () => {
    expect(planReload([unix, pass], [pass])).toEqual({
      ...calm,
      services: [same(pass, kept(pass))],
      removed: [unix.entry.identity],
      close: [place(unix)],
    });
  });

  test("are no conflict when the running one goes", () => {
    expect(planReload([unix], [pipe]).problems).toEqual([]);
  });

  test("are no conflict on the network", () => {
    const first = inet("25", [tcp("127.0.0.1")]);
    const second = inet("localhost:25", [tcp("127.0.0.1")]);
    expect(planReload([], [first, second]).problems).toEqual([]);
  });
});
