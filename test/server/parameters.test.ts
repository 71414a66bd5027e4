import { describe, expect, test } from "bun:test";

import { evaluateMainCf } from "../../src/config/evaluate.ts";
import { parseMainCf } from "../../src/config/main-cf.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { currentHost } from "../../src/os/host.ts";
import { readParameters } from "../../src/server/parameters.ts";
import type { ParameterSpec, ParameterSpecs } from "../../src/server/service.ts";

const host = currentHost({ processName: "pfmaster", argv0: "pfmaster" });

function read(specs: ParameterSpecs, mainCf = "", overrides: Record<string, string> = {}) {
  const file = parseMainCf(`myhostname = mail.example.com\n${mainCf}`, "/x/main.cf").value;
  const evaluation = evaluateMainCf(file, host, new Map(Object.entries(overrides))).value;
  const { value, problems } = readParameters(specs, evaluation.dictionary);
  return { value, problems: problems.map(describeProblem) };
}

/** One parameter called "p". */
function readOne(spec: ParameterSpec, text: string | null) {
  const { value, problems } = read({ p: spec }, text === null ? "" : `p = ${text}\n`);
  return value === null ? problems.join("; ") : value["p"];
}

describe("the parameters of a service", () => {
  test.each<[string, ParameterSpec, string | null, unknown]>([
    ["MCF-50", { type: "int", default: 7 }, null, 7],
    ["MCF-54", { type: "int", default: 7 }, "-3", -3],
    ["MCF-54", { type: "int", default: 7 }, "2147483648", /expected a whole number$/],
    ["MCF-54", { type: "int", default: 7 }, "", /"": expected a whole number/],
    ["MCF-51", { type: "int", default: 7, min: 5, max: 9 }, "4", /whole number from 5 to 9/],
    ["MCF-51", { type: "int", default: 7, min: 0 }, "-4", -4],
    ["MCF-55", { type: "long", default: 7 }, "4000000000", 4_000_000_000],
    ["MCF-52", { type: "string", default: "x" }, "a $mydomain b", "a example.com b"],
    ["MCF-52", { type: "string", default: "at $myhostname" }, null, "at mail.example.com"],
    ["MCF-52", { type: "string", default: "Grüße" }, null, "Grüße"],
    ["MCF-52", { type: "string", default: "x", min: 3 }, "ab", /at least 3, found 2/],
    ["MCF-53", { type: "raw", default: "x" }, "a $mydomain", "a $mydomain"],
    ["MCF-53", { type: "raw", default: "$mydomain" }, null, "$mydomain"],
    ["MCF-56", { type: "nint", default: "${other_limit:5}" }, null, 5],
    ["MCF-56", { type: "nint", default: "5" }, "6", 6],
    ["MCF-57", { type: "bool", default: true }, null, true],
    ["MCF-57", { type: "bool", default: true }, "No", false],
    ["MCF-57", { type: "bool", default: true }, "1", /"yes" or "no"/],
    ["MCF-57", { type: "nbool", default: "${mydomain?{yes}:{no}}" }, null, true],
    ["MCF-58", { type: "time", default: "5m" }, null, 300],
    ["MCF-60", { type: "time", default: "5m" }, "2", 120],
    ["MCF-58", { type: "time", default: "5m" }, "2h", 7200],
    ["MCF-59", { type: "time", default: "5m", max: 600 }, "1h", /of at most 600/],
  ])("%s: %j from %j", (_number, spec, text, expected) => {
    const found = readOne(spec, text);
    if (expected instanceof RegExp) expect(found).toMatch(expected);
    else expect<unknown>(found).toEqual(expected);
  });

  test("name the place in main.cf, each of them (MCF-61)", () => {
    const specs = {
      a_limit: { type: "int", default: 1 },
      b_time: { type: "time", default: "1s" },
    } as const;
    expect(read(specs, "a_limit = x\nb_time =\n  5y\n").problems).toEqual([
      '/x/main.cf:2:11: error: Cannot use a_limit = "x": expected a whole number',
      '/x/main.cf:4:3: error: Cannot use b_time = "5y": expected a time such as "100s", in s, m, h, d or w',
    ]);
  });

  test("an override of the command line comes first (MCF-74)", () => {
    const specs = { a_limit: { type: "int", default: 1 } } as const;
    expect(read(specs, "a_limit = 2\n", { a_limit: "3" }).value).toEqual({ a_limit: 3 });
  });

  test("see the ones before them, and what every daemon reads (MCF-49)", () => {
    const specs = {
      first: { type: "string", default: "1" },
      second: { type: "string", default: "$first and $max_idle, not $third" },
      third: { type: "string", default: "3" },
    } as const;
    expect(read(specs).value).toEqual({ first: "1", second: "1 and 100s, not ", third: "3" });
  });

  test("a malformed reference is a mistake with its place (MCF-32)", () => {
    const specs = { text: { type: "string", default: "" } } as const;
    expect(read(specs, "text = a ${b\n").problems[0]).toStartWith("/x/main.cf:2:10: error: ");
  });

  test("none are needed", () => {
    expect(
      readParameters(
        undefined,
        evaluateMainCf(parseMainCf("", "/x/main.cf").value, host).value.dictionary,
      ),
    ).toEqual({ value: {}, problems: [] });
  });
});
