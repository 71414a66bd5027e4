import { expect, test } from "bun:test";

import { formatGeneration, parseGeneration } from "../../src/protocol/descriptors.ts";

test("a generation is written in octal without prefix (PRO-12)", () => {
  expect([1, 8, 9, 2 ** 32 - 1].map(formatGeneration)).toEqual(["1", "10", "11", "37777777777"]);
});

test.each<[string | undefined, number | null]>([
  [undefined, 0],
  ["1", 1],
  ["11", 9],
  ["37777777777", 2 ** 32 - 1],
  ["18", 1],
  ["9", 0],
  ["", null],
  ["0x1", null],
  ["-1", null],
  [" 1", null],
  ["1\n", null],
])("a child reads %p as %p (PRO-13)", (text, expected) => {
  expect(parseGeneration(text)).toBe(expected);
});
