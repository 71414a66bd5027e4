import { expect, test } from "bun:test";

import { isHostName } from "../../src/config/host-name.ts";

const label = (length: number): string => "a".repeat(length);

test.each([
  "a",
  "localhost",
  "a.b-c.d_e.0",
  "1a",
  "a0",
  "x10y",
  "_a",
  "0x7f",
  "h\xc3\xa9",
  `${label(63)}.b`,
  `${label(63)}.${label(63)}.${label(63)}.${label(63)}`,
])("%s has the form of a host name", (name) => {
  expect(isHostName(name)).toBe(true);
});

test.each([
  "",
  ".",
  "12",
  "1.2.3",
  "a..b",
  ".a",
  "a.",
  "-a",
  "a-",
  "a.-b",
  "a*",
  "a b",
  "a/b",
  "[a",
  `${label(64)}.b`,
  `${label(63)}.${label(63)}.${label(63)}.${label(62)}.b`,
])("%j has not", (name) => {
  expect(isHostName(name)).toBe(false);
});
