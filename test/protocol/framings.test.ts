import { describe, expect, test } from "bun:test";

import { encodeNullAttributes, nullAttributesReader } from "../../src/protocol/attributes-null.ts";
import {
  encodePlainAttributes,
  plainAttributesReader,
} from "../../src/protocol/attributes-plain.ts";
import { fixedLengthReader } from "../../src/protocol/fixed-length.ts";
import type { Progress, Reader } from "../../src/protocol/framing.ts";
import { encodeLine, lineReader } from "../../src/protocol/line.ts";
import { encodeNetstring, netstringReader } from "../../src/protocol/netstring.ts";
import { policyRequestReader } from "../../src/protocol/policy-request.ts";

const LIMIT = 32;

const READERS = {
  line: () => lineReader(LIMIT),
  netstring: () => netstringReader(LIMIT),
  fixed: () => fixedLengthReader(5, LIMIT),
  plain: () => plainAttributesReader(LIMIT),
  null: () => nullAttributesReader(LIMIT),
  policy: () => policyRequestReader(LIMIT),
} as const;

type Form = keyof typeof READERS;
type Outcome = Readonly<{ value: unknown; used: number }> | "incomplete" | "too-large" | string;

/** Bytes as one character each; null bytes as "0" would be hard to read, so as "\0". */
function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function outcome(progress: Progress<unknown>): Outcome {
  if (progress.type === "broken") return `broken: ${progress.reason}`;
  if (progress.type !== "complete") return progress.type;
  const { value, used } = progress;
  const shown = value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
  return { value: shown instanceof Map ? Object.fromEntries(shown) : shown, used };
}

/** Shown in pieces of one length, as a slow client sends it. */
function readInPieces(reader: Reader<unknown>, all: Uint8Array, piece: number): Outcome {
  for (let end = piece; ; end += piece) {
    const progress = reader(all.subarray(0, end));
    if (progress.type !== "incomplete" || end >= all.length) return outcome(progress);
  }
}

const CASES: [Form, string, Outcome][] = [
  ["line", "", "incomplete"],
  ["line", "hello", "incomplete"],
  ["line", "hello\nnext", { value: "hello", used: 6 }],
  ["line", "hello\r\n", { value: "hello", used: 7 }],
  ["line", "\n", { value: "", used: 1 }],
  ["line", "a\rb\n", { value: "a\rb", used: 4 }],
  ["line", `${"x".repeat(LIMIT - 1)}\n`, { value: "x".repeat(LIMIT - 1), used: LIMIT }],
  ["line", "x".repeat(LIMIT), "too-large"],
  ["line", `${"x".repeat(LIMIT)}\n`, "too-large"],

  ["netstring", "5:hello,", { value: "hello", used: 8 }],
  ["netstring", "0:,5:", { value: "", used: 3 }],
  ["netstring", "5:hell", "incomplete"],
  ["netstring", "5:hello", "incomplete"],
  ["netstring", "32:", "incomplete"],
  ["netstring", "33:", "too-large"],
  ["netstring", "99999", "too-large"],
  ["netstring", "9999999999999999999:", "too-large"],
  ["netstring", "5:hello;", 'broken: expected "," after a netstring of 5 bytes'],
  ["netstring", ":,", 'broken: expected the length of a netstring and ":", found ""'],
  ["netstring", "05:hello,", 'broken: expected the length of a netstring and ":", found "05"'],
  ["netstring", "-1:,", 'broken: expected the length of a netstring and ":", found "-1"'],

  ["fixed", "1234", "incomplete"],
  ["fixed", "123456", { value: "12345", used: 5 }],

  ["plain", "\n", { value: {}, used: 1 }],
  ["plain", "a=1\nb=x=y\nc=\n\nnext", { value: { a: "1", b: "x=y", c: "" }, used: 14 }],
  ["plain", "a=1\n", "incomplete"],
  ["plain", "a=1\r\n\n", { value: { a: "1\r" }, used: 6 }],
  ["plain", "a=1\na=2\n\n", { value: { a: "1" }, used: 9 }], // PRO-35: the first one is kept
  ["plain", "a\n\n", 'broken: expected name=value, found "a"'],
  ["plain", "=1\n\n", 'broken: expected name=value, found "=1"'],
  ["plain", "a=\0\n\n", 'broken: expected no null byte, found "a=\\u0000"'],
  ["plain", `a=${"x".repeat(LIMIT)}`, "too-large"],

  ["null", "\0", { value: {}, used: 1 }],
  ["null", "a\x001\0b\0x\0\0", { value: { a: "1", b: "x" }, used: 9 }], // PRO-37
  ["null", "a\0\0\0", { value: { a: "" }, used: 4 }],
  ["null", "a\x001\0", "incomplete"],
  ["null", "{\0a\x001\0}\0\0", 'broken: expected a flat attribute list, found "{"'],
  ["null", "x".repeat(LIMIT), "too-large"],

  ["policy", "a=1\r\nb=2\n\r\n", { value: { a: "1", b: "2" }, used: 11 }],
];

describe("the readers of requests", () => {
  test.each(CASES)("%s %j", (form, text, expected) => {
    expect(outcome(READERS[form]()(bytes(text)))).toEqual(expected);
  });

  test("find the same however slowly the bytes come", () => {
    for (const [form, text, expected] of CASES) {
      const all = bytes(text);
      for (let piece = 1; piece < all.length; piece++) {
        const found = readInPieces(READERS[form](), all, piece);
        // A reader may notice sooner that nothing good can come; where it is too large, only that.
        if (typeof expected === "string" && expected.startsWith("broken")) {
          expect(String(found)).toStartWith("broken");
        } else expect([form, text, piece, found]).toEqual([form, text, piece, expected]);
      }
    }
  });

  test("refuse a list of more attributes than any list has (PRO-35)", () => {
    const text = Array.from({ length: 1025 }, (_, index) => `n${index}=1\n`).join("");
    const read = plainAttributesReader(1 << 20)(bytes(`${text}\n`));
    expect(outcome(read)).toBe("broken: expected at most 1024 attributes");
  });

  test("look at each byte of a long request once", () => {
    const reader = lineReader(1 << 22);
    const all = new Uint8Array(1 << 20).fill(0x78);
    const began = performance.now();
    for (let end = 1; end <= all.length; end += 16) reader(all.subarray(0, end));
    expect(performance.now() - began).toBeLessThan(2000); // 65,536 looks at half a mebibyte take minutes
  });
});

describe("the writers of requests", () => {
  test("write what the readers read", () => {
    const attributes: [string, string][] = [
      ["status", "0"],
      ["ident", "smtp:192.0.2.7"],
      ["empty", ""],
    ];
    for (const [encode, reader] of [
      [encodePlainAttributes, plainAttributesReader(1000)],
      [encodeNullAttributes, nullAttributesReader(1000)],
    ] as const) {
      const encoded = encode(attributes);
      const text = "text" in encoded ? encoded.text : "";
      expect(outcome(reader(bytes(text)))).toEqual({
        value: Object.fromEntries(attributes),
        used: text.length,
      });
    }
    expect(Buffer.from(encodeNetstring(bytes("hello"))).toString()).toBe("5:hello,");
    expect(Buffer.from(encodeNetstring(bytes(""))).toString()).toBe("0:,");
    expect(encodeLine("hello")).toBe("hello\n");
  });

  test("refuse what would be read as something else", () => {
    expect(encodeLine("a\nb")).toBeNull();
    expect(encodePlainAttributes([["a", "1\n2"]])).toEqual({
      fault: 'value "1\\n2" of attribute a',
    });
    expect(encodePlainAttributes([["a=b", ""]])).toEqual({ fault: 'attribute name "a=b"' });
    expect(encodeNullAttributes([["", ""]])).toEqual({ fault: 'attribute name ""' });
    expect(encodeNullAttributes([["a", "\0"]])).toEqual({
      fault: 'value "\\u0000" of attribute a',
    });
  });
});
