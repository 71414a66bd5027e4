import { expect, test } from "bun:test";

import { inFileOrder, problemText } from "../../src/cli/problem-text.ts";
import { errorAt, warningAt } from "../../src/config/problem.ts";

function shown(line: string, column: number): string[] {
  const at = { file: "f", line: 1, column };
  const [, text = "", caret = ""] = problemText(errorAt(at, "x"), new Map([["f", [line]]])).split(
    "\n",
  );
  return [text, caret];
}

test("shows a line whole when it fits, with the caret below the place", () => {
  expect(shown("abc", 1)).toEqual(["    abc", "    ^"]);
  expect(shown("abc", 4)).toEqual(["    abc", "       ^"]);
  expect(shown("abc\r", 4)).toEqual(["    abc", "       ^"]);
});

test("counts the columns of wide characters, not their bytes", () => {
  const wide = Buffer.from("漢é x", "utf8").toString("latin1");
  expect(shown(wide, 7)).toEqual(["    漢é x", "        ^"]);
});

test("cuts a long line on both sides of the place", () => {
  const line = "-".repeat(60) + "X" + "+".repeat(100);
  expect(shown(line, 61)).toEqual([`    ${line.slice(0, 140)}...`, `${" ".repeat(64)}^`]);
  expect(shown(`=${line}`, 62)).toEqual([`    ...${line.slice(0, 140)}...`, `${" ".repeat(67)}^`]);
});

test("shows no line when the file is not there or the place is not known", () => {
  const at = { file: "f", line: 9, column: 2 };
  expect(problemText(errorAt(at, "x", "y"), new Map())).toBe(
    'f:9:2: error: x (did you mean "y"?)\n',
  );
  expect(problemText(errorAt(at, "x"), new Map([["f", ["a"]]]))).toBe("f:9:2: error: x\n");
  expect(problemText(warningAt(null, "x"), new Map())).toBe("warning: x\n");
});

test("shows both ends of a long message", () => {
  const message = `${"a".repeat(1000)}z`;
  const text = problemText(errorAt(null, message), new Map());
  expect(text).toBe(`error: ${"a".repeat(273)}...${"a".repeat(119)}z\n`);
  expect(problemText(errorAt(null, "b".repeat(393)), new Map())).not.toContain("...");
});

test("sorts by place, what has none before all, files as they come", () => {
  const at = (file: string, line: number, column: number) => ({ file, line, column });
  const sorted = inFileOrder([
    errorAt(at("z", 2, 1), "4"),
    errorAt(at("a", 1, 1), "5"),
    errorAt(at("z", 1, 7), "3"),
    errorAt(null, "0"),
    errorAt(at("z", 1, 2), "2a"),
    errorAt(at("z", 1, 2), "2b"),
    errorAt(null, "1"),
  ]);
  expect(sorted.map(({ message }) => message)).toEqual(["0", "1", "2a", "2b", "3", "4", "5"]);
});
