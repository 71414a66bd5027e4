import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";

import { closeFd } from "../../src/os/descriptor.ts";
import { openLockFile } from "../../src/os/lock-file.ts";
import { findLockHolder, parseLockTable } from "../../src/os/lock-table.ts";
import { SystemError } from "../../src/os/system-error.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const FILE = { dev: 0xfe01, ino: 12345 };

test.each([
  ["1: FLOCK  ADVISORY  WRITE 7212 fe:01:12345 0 EOF", 7212],
  [
    "1: POSIX  ADVISORY  WRITE 7 fe:01:12345 0 EOF\n2: FLOCK  ADVISORY  WRITE 8 fe:01:12345 0 EOF",
    8,
  ],
  ["1: POSIX  ADVISORY  WRITE 7212 fe:01:12345 0 EOF", null],
  ["1: FLOCK  ADVISORY  READ  7212 fe:01:12345 0 EOF", null],
  ["1: -> FLOCK  ADVISORY  WRITE 7212 fe:01:12345 0 EOF", null],
  ["1: FLOCK  ADVISORY  WRITE 7212 fe:02:12345 0 EOF", null],
  ["1: FLOCK  ADVISORY  WRITE 7212 fe:01:123456 0 EOF", null],
  ["", null],
])("%j names the holder %p", (table, pid) => {
  expect(parseLockTable(`${table}\n`, FILE)).toBe(pid);
});

test("a large device number is taken apart as makedev(3) puts it together", () => {
  const table = "1: FLOCK ADVISORY WRITE 5 678:12345:9 0 EOF\n";
  expect(parseLockTable(table, { dev: 0x12367845, ino: 9 })).toBe(5);
});

test("finds the process that holds a lock, and nobody once it is released", () => {
  using directory = temporaryDirectory();
  const path = directory.file("lock");
  writeFileSync(path, "");
  expect(findLockHolder(path)).toBeNull();
  const fd = openLockFile(path);
  expect(findLockHolder(path)).toBe(process.pid);
  closeFd(fd);
  expect(findLockHolder(path)).toBeNull();
  expect(statSync(path).size).toBe(0);
});

test("a missing file is a system error", () => {
  expect(() => findLockHolder("/nonexistent/lock")).toThrow(SystemError);
});
