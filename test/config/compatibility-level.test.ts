import { describe, expect, test } from "bun:test";

import { compareLevels, parseCompatibilityLevel } from "../../src/config/compatibility-level.ts";
import type { CompatibilityLevel } from "../../src/config/settings.ts";

describe("a compatibility level (MCF-66)", () => {
  test.each([
    ["0", [0, 0, 0]],
    ["3.6", [3, 6, 0]],
    ["3.6.1", [3, 6, 1]],
    ["03.006", [3, 6, 0]],
    [" +3. 6", [3, 6, 0]],
    ["1.1023.1023", [1, 1023, 1023]],
    ["8796093022207", [8796093022207, 0, 0]],
  ] as const)('may be "%s"', (text, level) => {
    expect(parseCompatibilityLevel(text)).toEqual([...level]);
  });

  test.each(
    [
      ["", "3.", ".6", "3.6.1.0", "x", "3.6x", "3.6 ", "-1", "1.-1", "0x3"],
      ["1.1024", "1.1.1024", "8796093022208"],
    ].flat(),
  )('is not "%s"', (text) => {
    expect(parseCompatibilityLevel(text)).toBeNull();
  });

  const ascending: readonly CompatibilityLevel[] = [
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
    [3, 9, 0],
    [3, 10, 0],
    [3, 10, 2],
    [4, 0, 0],
  ];

  test("is compared part by part", () => {
    for (const [index, left] of ascending.entries()) {
      const orders = ascending.map((right) => Math.sign(compareLevels(left, right)));
      expect(orders).toEqual(ascending.map((_, other) => Math.sign(index - other)));
    }
  });
});
