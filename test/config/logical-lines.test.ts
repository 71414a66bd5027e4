import { describe, expect, test } from "bun:test";

import { positionAt, readLogicalLines } from "../../src/config/logical-lines.ts";
import { describeProblem } from "../../src/config/problem.ts";

const FILE = "main.cf";

function texts(text: string): string[] {
  return readLogicalLines(text, FILE).value.map((line) => line.text);
}

describe("logical lines", () => {
  test.each([
    ["an empty file has none (MCF-14)", "", []],
    ["a last line needs no newline (MCF-21)", "a\nb", ["a", "b"]],
    [
      "empty lines, blank lines and comments are skipped (MCF-16)",
      "\n \t\r\v\f\n#a\n  #b\nc\n",
      ["c"],
    ],
    [
      "a line that starts with a blank goes on (MCF-17)",
      "a\n b\n\tc\n\vd\n\fe\n\rf\n",
      ["a b\tc\vd\fe\rf"],
    ],
    ["blanks before the continuation stay (MCF-17)", "a\n   b\n", ["a   b"]],
    ["comments and blank lines do not end a line (MCF-18)", "a\n\n#x\n # y\n \n b\n", ["a b"]],
    ["a # inside of a line is data (MCF-19)", "a # b\n c # d\n", ["a # b c # d"]],
    ["a carriage return at the end stays (MCF-15)", "a\r\nb\r\n", ["a\r", "b\r"]],
    ["a backslash means nothing (MCF-30)", "a\\\nb\n", ["a\\", "b"]],
    ["bytes above ASCII are no white space (MCF-15)", "a\n\xa0b\n\x85c\n", ["a", "\xa0b", "\x85c"]],
    ["a comment between two lines belongs to none", "a\n# b\nc\n", ["a", "c"]],
  ])("%s", (_, text, expected) => {
    expect(readLogicalLines(text, FILE).problems).toEqual([]);
    expect(texts(text)).toEqual(expected);
  });

  test("drops text that continues nothing, with its own continuations (MCF-20)", () => {
    const { value, problems } = readLogicalLines("# x\n  stray = 1\n  more\nb\n", FILE);
    expect(value.map(({ text }) => text)).toEqual(["b"]);
    expect(problems.map(describeProblem)).toEqual([
      'main.cf:2:1: warning: Ignored "  stray = 1  more": a line that starts with whitespace continues the line before it, and there is none',
    ]);
  });

  test("shows 30 bytes of stray text (MCF-20)", () => {
    const exactly = readLogicalLines(` ${"x".repeat(29)}`, FILE).problems[0]?.message;
    const longer = readLogicalLines(` ${"x".repeat(30)}`, FILE).problems[0]?.message;
    expect(exactly).toContain(`" ${"x".repeat(29)}"`);
    expect(longer).toContain(`" ${"x".repeat(29)}..."`);
  });

  test("ends a line at a NUL byte, and says where (MCF-22, new in 3.9)", () => {
    const { value, problems } = readLogicalLines("a = b\n c\0d\n e\nf\n", FILE);
    expect(value.map(({ text }) => text)).toEqual(["a = b c", "f"]);
    expect(problems.map(describeProblem)).toEqual([
      "main.cf:2:3: warning: Ignored the rest of this line: expected text, found a NUL byte",
    ]);
  });

  test("reports the first physical line of a line, not what was skipped before it (MCF-21)", () => {
    const lines = readLogicalLines("\n# c\na\n b\n\nd\n", FILE).value;
    expect(lines.map((line) => positionAt(line, 0).line)).toEqual([3, 6]);
  });

  test("finds the place of every byte across continuations", () => {
    const text = "ab\n# comment\n  cd\n\n\te";
    const [line] = readLogicalLines(text, FILE).value;
    if (line === undefined) throw new Error("no line");
    expect(line.text).toBe("ab  cd\te");
    const places = [...line.text, "end"].map((_, offset) => {
      const at = positionAt(line, offset);
      return `${at.line}:${at.column}`;
    });
    expect(places).toEqual(["1:1", "1:2", "3:1", "3:2", "3:3", "3:4", "5:1", "5:2", "5:3"]);
  });

  test.each([
    ["one line of 10 MB (MCF-24)", "x".repeat(10_000_000)],
    ["a million continuations", `a\n${" b\n".repeat(1_000_000)}`],
    ["a million lines", "a\n".repeat(1_000_000)],
    ["a million skipped lines", `a\n${"\n#\n".repeat(500_000)} b`],
    ["10 MB of blanks", " ".repeat(10_000_000)],
  ])("reads %s in linear time", (_, text) => {
    const start = performance.now();
    readLogicalLines(text, FILE);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
