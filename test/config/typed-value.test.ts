import { describe, expect, test } from "bun:test";

import { number, optional, text, time, yesOrNo, yesOrNoBy } from "../../src/config/parameter.ts";
import { parseTime, parseTyped } from "../../src/config/typed-value.ts";

const ok = (value: string | number | boolean) => ({ ok: true as const, value });
const refused = (expected: string) => ({ ok: false as const, expected });

describe("whole numbers (MCF-54)", () => {
  const plain = number("p", 0, "", { minimum: 0 });
  const NUMBER = refused("a whole number");

  test.each([
    ["0", ok(0)],
    ["007", ok(7)],
    ["-5", ok(-5)],
    ["+5", ok(5)],
    [" \t5", ok(5)],
    ["2147483647", ok(2147483647)],
    ["-2147483648", ok(-2147483648)],
    ["2147483648", NUMBER],
    ["-2147483649", NUMBER],
    ["", NUMBER],
    ["5 ", NUMBER],
    ["5s", NUMBER],
    ["0x10", NUMBER],
    ["1.5", NUMBER],
    ["- 5", NUMBER],
    ["five", NUMBER],
  ])('"%s"', (value, expected) => {
    expect(parseTyped(plain, value, "0")).toEqual(expected);
  });

  test("have bounds that are part of the range, and 0 is none (MCF-51)", () => {
    const bounded = number("p", 2, "", { minimum: 1, maximum: 6 });
    const expected = refused("a whole number from 1 to 6");
    const verdicts = ["0", "1", "6", "7"].map((value) => parseTyped(bounded, value, "2"));
    expect(verdicts).toEqual([expected, ok(1), ok(6), expected]);

    const above = number("p", 2, "", { minimum: 0, maximum: 6 });
    expect(parseTyped(above, "-9", "2")).toEqual(ok(-9));
    expect(parseTyped(above, "7", "2")).toEqual(refused("a whole number of at most 6"));
    const below = number("p", 2, "", { minimum: 512 });
    expect(parseTyped(below, "511", "2")).toEqual(refused("a whole number of at least 512"));
  });

  test("of 64 bits where the table says so (MCF-55)", () => {
    const long = number("p", 0, "", { type: "long", minimum: 0 });
    expect(parseTyped(long, "9223372036854775807", "0").ok).toBe(true);
    expect(parseTyped(long, "9223372036854775808", "0").ok).toBe(false);
    expect(parseTyped(long, "-9223372036854775808", "0").ok).toBe(true);
    expect(parseTyped(long, "-9223372036854775809", "0").ok).toBe(false);
  });
});

describe("yes or no (MCF-57)", () => {
  test.each([
    ["yes", true],
    ["no", false],
    ["YES", true],
    ["No", false],
  ])('"%s"', (value, expected) => {
    expect(parseTyped(yesOrNo("p", "no", ""), value, "no")).toEqual(ok(expected));
    expect(parseTyped(yesOrNoBy("p", "no", ""), value, "no")).toEqual(ok(expected));
  });

  test.each(["", "y", "true", "1", "yes ", "on"])('not "%s"', (value) => {
    expect(parseTyped(yesOrNo("p", "no", ""), value, "no")).toEqual(refused('"yes" or "no"'));
  });
});

describe("times (MCF-58)", () => {
  test.each([
    ["10s", 10],
    ["3m", 180],
    ["2h", 7200],
    ["1d", 86400],
    ["1w", 604800],
    ["0", 0],
    ["10", 10],
    ["+10s", 10],
    [" 10s", 10],
    ["-0s", 0],
    ["2147483647s", 2147483647],
    ["2147483647", 2147483647],
    ["35791393m", 2147483580],
    ["s", 0],
    ["w", 0],
    ["10sec", 10],
    ["1h30m", 3600],
  ])('"%s" (MCF-59)', (value, seconds) => {
    expect(parseTime(value, "s")).toBe(seconds);
  });

  test.each([
    "",
    "10 s",
    "-1",
    "-1s",
    "1.5h",
    "10S",
    "10x",
    "x",
    "2147483648",
    "35791394m",
    "3551w",
    "+",
    "-s",
  ])('not "%s" (MCF-59)', (value) => {
    expect(parseTime(value, "s")).toBeNull();
  });

  test("without a letter in the unit of the expanded default (MCF-60)", () => {
    const hours = time("p", "$other", "");
    expect(parseTyped(hours, "2", "1h")).toEqual(ok(7200));
    expect(() => parseTyped(hours, "2", "100")).toThrow("has no unit");
  });

  test("with bounds in seconds (MCF-59)", () => {
    const delay = time("p", "1s", "", { minimum: 0, maximum: 10 });
    expect(parseTyped(delay, "10s", "1s")).toEqual(ok(10));
    expect(parseTyped(delay, "1m", "1s")).toEqual(
      refused('a time such as "100s", in s, m, h, d or w of at most 10'),
    );
  });
});

describe("text (MCF-52)", () => {
  test.each([
    [text("p", "", ""), "", refused("text that is not empty")],
    [text("p", "", ""), "x", ok("x")],
    [optional("p", "", ""), "", ok("")],
    [text("p", "", "", { minimum: 2, maximum: 2 }), "+=", ok("+=")],
    [
      text("p", "", "", { minimum: 2, maximum: 2 }),
      "+=-",
      refused("text with a number of bytes of 2, found 3"),
    ],
  ])("%#", (parameter, value, expected) => {
    expect(parseTyped(parameter, value, "")).toEqual(expected);
  });
});
