import { describe, expect, test } from "bun:test";

import { cleanEnvironment, parseImportEnvironment } from "../../src/config/import-environment.ts";

const AT = { file: "/etc/postfix/main.cf", line: 3, column: 22 };

function clean(list: string, current: Record<string, string>) {
  const { value, problems } = parseImportEnvironment(list, AT);
  expect(problems).toEqual([]);
  return cleanEnvironment(value, current);
}

describe("import_environment", () => {
  test("keeps what is named and present, sets what has a value, drops the rest (MST-32)", () => {
    const current = { TZ: "UTC", PATH: "/bin", LANG: "de" };
    expect(clean("MAIL_CONFIG TZ, LANG=C", current)).toEqual({ TZ: "UTC", LANG: "C" });
  });

  test("a group in braces protects blanks and commas (MST-31)", () => {
    expect(clean("{ GREETING = hello, world } A=b", {})).toEqual({
      GREETING: "hello, world",
      A: "b",
    });
    expect(clean("{TZ}", { TZ: "UTC" })).toEqual({ TZ: "UTC" });
  });

  test("a later item overrides an earlier one; a bare name keeps what was set (MST-32)", () => {
    expect(clean("TZ=a TZ=b", { TZ: "c" })).toEqual({ TZ: "b" });
    expect(clean("TZ=a TZ", { TZ: "c" })).toEqual({ TZ: "a" });
    expect(clean("TZ TZ=a", { TZ: "c" })).toEqual({ TZ: "a" });
  });

  test("variables that steer the runtime never reach a child, whatever the list says (D13)", () => {
    const hostile = { BUN_BE_BUN: "1", NODE_OPTIONS: "--x", JSC_a: "1", MIMALLOC_b: "2" };
    const list = `${Object.keys(hostile).join(" ")} BUN_OPTIONS=--preload=/tmp/x`;
    expect(clean(list, hostile)).toEqual({});
  });

  test.each([
    ["{ A = b", "closing brace"],
    ["{ A = b }x", "nothing after the closing brace"],
    ["=b", "one name"],
    ["{ = b }", "one name"],
    ["{ A B = c }", "one name"],
    ["{}", "name"],
  ])("does not take %j (MST-31)", (list, expected) => {
    const { problems } = parseImportEnvironment(list, AT);
    expect(problems).toEqual([
      { severity: "error", at: AT, message: expect.stringContaining(expected) },
    ]);
  });
});
