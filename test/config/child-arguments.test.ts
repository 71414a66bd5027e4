import { describe, expect, test } from "bun:test";

import { childArguments, isStressAware } from "../../src/config/child-arguments.ts";
import { argumentsOf, assign, entryOf, problemsOf } from "./service-samples.ts";

const quiet = { listenerCount: 1, localOnly: true, debug: false, verbose: false, stress: false };

describe("the arguments of a child", () => {
  test("come in the order of the original, all of them (SVC-41)", () => {
    const entry = entryOf("25 inet n y y - 5 bin/smtpd -o a=b word");
    const all = { listenerCount: 2, localOnly: false, debug: true, verbose: true, stress: true };
    expect(childArguments(entry, all)).toEqual(
      "bin/smtpd -n 25 -t inet -d -v -u -c -o stress=yes -s 2 -o a=b word".split(" "),
    );
  });

  test("are few when nothing is asked for", () => {
    const entry = entryOf("a unix - n n - 5 lib/a");
    expect(childArguments(entry, quiet)).toEqual(["lib/a", "-t", "unix"]);
  });

  test.each([
    ["0", ["-z"]],
    ["1", ["-l"]],
    ["2", []],
  ])("with process limit %s have %j (SVC-41)", (limit, options) => {
    expect(childArguments(entryOf(`a unix - n n - ${limit} a`), quiet)).toEqual([
      "a",
      ...options,
      "-t",
      "unix",
    ]);
  });

  test.each([
    ["pickup", "pickup", false],
    ["pickup", "bin/pickup", false],
    ["bin/pickup", "bin/pickup", true],
    ["a", "b", true],
    ["A", "a", true],
  ])("name %s for command %s: %p (SVC-42)", (name, command, named) => {
    const options = childArguments(entryOf(`${name} unix - - n - - ${command}`), quiet);
    expect(options.slice(1, 3)).toEqual(named ? ["-n", name] : ["-t", "unix"]);
  });

  test.each([
    ["25 inet n - n - 2 a", true],
    ["25 inet n - n - 1 a", false],
    ["25 inet n - n - 0 a", false],
    ["127.0.0.1:25 inet n - n - 2 a", false],
    ["[::1]:25 inet n - n - 2 a", false],
    ["192.0.2.2:25 inet n - n - 2 a", true],
    ["x pass n - n - 2 a", true],
    ["x pass n - n - 1 a", false],
    ["x unix n - n - 2 a", false],
    ["x unix-dgram n - n - 2 a", false],
    ["x fifo n - n - 2 a", false],
  ])("%j has the stress slot: %p (SVC-45)", (line, aware) => {
    expect(argumentsOf(line).includes("stress=")).toBe(aware);
    const [plan] = assign(line).value;
    expect(plan && isStressAware(plan.entry, plan.localOnly)).toBe(aware);
  });
});

describe("the worked examples", () => {
  test.each([
    [
      "smtp inet n - n - - smtpd",
      ["smtpd", "-n", "smtp", "-t", "inet", "-u", "-o", "stress=", "-s", "2"],
    ], // SVC-65
    ["pickup unix n - n 60 1 pickup", ["pickup", "-l", "-t", "unix", "-u"]], // SVC-66
    ["cleanup unix n - n - 0 cleanup", ["cleanup", "-z", "-t", "unix", "-u"]], // SVC-67
    [
      "127.0.0.1:10025 inet n - n - 10 smtpd -o { a = b c } {} x",
      ["smtpd", "-n", "127.0.0.1:10025", "-t", "inet", "-u", "-o", "a = b c", "", "x"],
    ], // SVC-68
    ["anvil unix - - n - 1 anvil", ["anvil", "-l", "-t", "unix", "-u"]], // SVC-69
    ["tlsmgr unix - - n 1000? 1 tlsmgr", ["tlsmgr", "-l", "-t", "unix", "-u"]], // SVC-70
  ])("%s (SVC-65 to SVC-70)", (line, expected) => {
    expect(argumentsOf(line)).toEqual(expected);
  });

  test("have these names and times", () => {
    expect(entryOf("smtp inet n - n - - smtpd").canonicalName).toBe("25"); // SVC-65
    expect(entryOf("pickup unix n - n 60 1 pickup")).toMatchObject({
      canonicalName: "public/pickup",
      wakeupSeconds: 60,
      wakeupConditional: false,
    }); // SVC-66
    expect(entryOf("127.0.0.1:10025 inet n - n - 10 a").canonicalName).toBe("[127.0.0.1]:10025"); // SVC-68
    expect(entryOf("anvil unix - - n - 1 anvil").canonicalName).toBe("private/anvil"); // SVC-69
    expect(entryOf("tlsmgr unix - - n 1000? 1 tlsmgr")).toMatchObject({
      wakeupSeconds: 1000,
      wakeupConditional: true,
    }); // SVC-70
  });
});

describe("braces in the arguments", () => {
  test.each([
    ["a b", ["a", "b"]],
    ["{ foo = a b }", ["foo = a b"]],
    ["{}", [""]],
    ["{ \t}", [""]],
    ["{{a} b}", ["{a} b"]],
    ["a{b c}d e", ["a{b c}d", "e"]],
    ["{a {b c} d}", ["a {b c} d"]],
    ["} }x x}y", ["}", "}x", "x}y"]],
    ["a{b c  ", ["a{b c  "]],
    ["{\v a \v} b\vc", ["a", "b\vc"]],
    ["-o {x=y}\n  {z}", ["-o", "x=y", "z"]],
  ])("%j are %j (SVC-46)", (text, words) => {
    expect(entryOf(`a unix - - n - - run ${text}`).arguments).toEqual(words);
  });

  test("have no meaning in the command (SVC-30)", () => {
    expect(entryOf("a unix - - n - - {run x}")).toMatchObject({
      command: "{run",
      arguments: ["x}"],
    });
  });

  test("must be closed, and end the word (SVC-47)", () => {
    const open =
      'error: Cannot read this argument: expected a "}" that closes this "{" before the end of the entry';
    expect(problemsOf("a unix - - n - - run x {a b\n  c")).toEqual([`1:24 ${open}`]);
    expect(problemsOf("a unix - - n - - run\n  {a {b}")).toEqual([`2:3 ${open}`]);
    expect(problemsOf("a unix - - n - - run {a}b")).toEqual([
      '1:25 error: Cannot read argument "{a}b": expected a blank after the closing "}"',
    ]);
    expect(problemsOf("a unix - - n - - run {a}{b} {c}d")).toHaveLength(2);
  });
});
