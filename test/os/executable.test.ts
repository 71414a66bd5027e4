import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

import { isExecutable, ownPath } from "../../src/os/executable.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("a command is there and can be run, or it is said why not", () => {
  using directory = temporaryDirectory();
  const file = directory.file("daemon");
  expect(isExecutable(file)).toBe("missing");
  writeFileSync(file, "");
  expect(isExecutable(file)).toBe("not-executable");
  expect(isExecutable(`${file}/below`)).toBe("missing");
  chmodSync(file, 0o700);
  expect(isExecutable(file)).toBe("ok");
  symlinkSync(file, directory.file("link"));
  expect(isExecutable(directory.file("link"))).toBe("ok");
  mkdirSync(directory.file("d"));
  expect(isExecutable(directory.file("d"))).toBe("directory");
  expect(isExecutable(ownPath())).toBe("ok");
});
