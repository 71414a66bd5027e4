import { expect, test } from "bun:test";

import { glyphs, printable } from "../../src/cli/terminal-text.ts";

const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

test.each([
  ["plain text ~", "plain text ~"],
  ["a\tb", "a b"],
  ["é \u00c0 ÿ", "é \u00c0 ÿ"],
  ["ࠀ 漢字 ￮", "ࠀ 漢字 ￮"],
  ["😀 \u{10000}", "😀 \u{10000}"],
  ["\0\x1b[2J\x7f\r\n", "\\x00\\x1b[2J\\x7f\\x0d\\x0a"],
  ["\u0080\u009b1m", "\\u{80}\\u{9b}1m"],
  ["\u202e\u2028\u200d\ufeff", "\\u{202e}\\u{2028}\\u{200d}\\u{feff}"],
])("shows %j as %j", (text, shown) => {
  expect(printable(bytes(text))).toBe(shown);
});

test.each([
  ["\xff\x80a", "\\xff\\x80a"],
  ["\xc3", "\\xc3"],
  ["\xc3(", "\\xc3("],
  ["\xe6\xbc", "\\xe6\\xbc"],
  ["\xc0\xaf", "\\xc0\\xaf"],
  ["\xed\xa0\x80", "\\xed\\xa0\\x80"],
  ["\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"],
])("shows bytes that are not UTF-8 as they are: %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("tells where each character begins", () => {
  expect(glyphs(`a${bytes("é😀")}\x01\xffb`)).toEqual([
    { start: 0, text: "a" },
    { start: 1, text: "é" },
    { start: 3, text: "😀" },
    { start: 7, text: "\\x01" },
    { start: 8, text: "\\xff" },
    { start: 9, text: "b" },
  ]);
});
