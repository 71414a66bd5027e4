import { describe, expect, test } from "bun:test";

import {
  namePosition,
  parseMainCf,
  splitNameValue,
  valuePosition,
} from "../../src/config/main-cf.ts";
import { describeProblem } from "../../src/config/problem.ts";

const FILE = "/etc/mail/main.cf";

function problemsIn(text: string): string[] {
  return parseMainCf(text, FILE).problems.map(describeProblem);
}

describe("name = value", () => {
  test.each([
    ["blanks around the equals sign mean nothing", "a\t = \tb", "a", "b", 0, 6],
    ["none are needed", "a=b", "a", "b", 0, 2],
    ["blanks at the end are dropped", "a = b \t\r\v\f", "a", "b", 0, 4],
    ["a value may be empty", "a =", "a", "", 0, 3],
    ["an equals sign may be in a value", "a = b = c", "a", "b = c", 0, 4],
    ["blanks inside of a value stay", "a = b  c", "a", "b  c", 0, 4],
    ["quotes and backslashes stay (MCF-30)", `a = "b" \\c`, "a", `"b" \\c`, 0, 4],
    ["a reference stays as written (MCF-29)", "a = $b", "a", "$b", 0, 4],
    ["a name may have any character (MCF-28)", "a-\xe9.$ = b", "a-\xe9.$", "b", 0, 8],
    ["a name is not changed in case (MCF-28)", "Mail_Name = x", "Mail_Name", "x", 0, 12],
    ["an option may start with blanks (MCF-74)", " a = b", "a", "b", 1, 5],
  ])("%s (MCF-25)", (_, text, name, value, nameOffset, valueOffset) => {
    expect(splitNameValue(text)).toEqual({ name, value, nameOffset, valueOffset });
  });

  test.each([
    ["a line that starts with an equals sign (MCF-26, new in 3.8)", "= b", "name absent", 0],
    ["an empty text", "", "name absent", 0],
    ["a word alone", "word", "equals sign absent", 0],
    ["a second word before the equals sign", "a b = c", "equals sign absent", 0],
    ["literal braces (MCF-75)", "{ a = b }", "equals sign absent", 0],
  ] as const)("is not %s", (_, text, reason, offset) => {
    expect(splitNameValue(text)).toEqual({ reason, offset });
  });
});

describe("main.cf", () => {
  test("keeps every value with its place, across continuations", () => {
    const { value: mainCf, problems } = parseMainCf("# c\na = b\n  c\n\nx=\n", FILE);
    expect(problems).toEqual([]);
    expect(mainCf.directory).toBe("/etc/mail");
    expect([...mainCf.parameters.keys()]).toEqual(["a", "x"]);
    const a = mainCf.parameters.get("a");
    if (a === undefined) throw new Error("a is missing");
    expect(a.value).toBe("b  c");
    expect(namePosition(a)).toEqual({ file: FILE, line: 2, column: 1 });
    expect(valuePosition(a)).toEqual({ file: FILE, line: 2, column: 5 });
    expect(valuePosition(a, 3)).toEqual({ file: FILE, line: 3, column: 3 });
  });

  test("reports every broken line and goes on (MCF-27)", () => {
    expect(problemsIn("a = 1\nfoo bar\n= x\nb = 2\nbaz\n")).toEqual([
      `${FILE}:2:1: error: Cannot read "foo bar": expected "=" after the name`,
      `${FILE}:3:1: error: Cannot read "= x": expected a name before "="`,
      `${FILE}:5:1: error: Cannot read "baz": expected "=" after the name`,
    ]);
  });

  test("names the first line of a broken line (MCF-21)", () => {
    expect(problemsIn("a\n b = c\n")).toEqual([
      `${FILE}:1:1: error: Cannot read "a b = c": expected "=" after the name`,
    ]);
  });

  test("uses the last of two values, and says what was replaced (MCF-23)", () => {
    const { value } = parseMainCf("a = 1\nb = x\na = 2\n", FILE);
    expect(value.parameters.get("a")?.value).toBe("2");
    expect(problemsIn("a = 1\nb = x\na = 2\n")).toEqual([
      `${FILE}:3:1: warning: Replaced the value "1" that line 1 gave to a: expected one line for a parameter, the last one counts`,
    ]);
  });

  test("is silent about the same value twice (MCF-23)", () => {
    expect(problemsIn("a = 1\na=1 \n")).toEqual([]);
  });

  test.each([
    ["/main.cf", ""],
    ["/etc/mail/main.cf", "/etc/mail"],
    ["//main.cf", "/"],
    ["main.cf", ""],
  ])(
    "takes the configuration directory from where it is: %s (MCF-08, MCF-09)",
    (file, directory) => {
      expect(parseMainCf("config_directory = /x\n", file).value.directory).toBe(directory);
    },
  );
});
