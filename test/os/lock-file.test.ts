import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";

import { closeFd } from "../../src/os/descriptor.ts";
import { LockError, lockIsHeld, openLockFile, writePid } from "../../src/os/lock-file.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("lock file", () => {
  test("is made for its owner alone and locked against a second master (MST-39, MST-41)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("master.pid");
    expect(lockIsHeld(path)).toBe("missing");
    const fd = openLockFile(path);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(() => openLockFile(path)).toThrow("another process holds it");
    expect(lockIsHeld(path)).toBe("held");
    closeFd(fd);
    expect(lockIsHeld(path)).toBe("free");
    expect(existsSync(path)).toBe(true); // never removed (MST-44)
  });

  test("any other program that uses flock(2) and we exclude each other", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("lock");
    const fd = openLockFile(path);
    const { exitCode } = Bun.spawnSync(["/usr/bin/flock", "-n", path, "true"]);
    expect(exitCode).toBe(1);
    closeFd(fd);
    expect(Bun.spawnSync(["/usr/bin/flock", "-n", path, "true"]).exitCode).toBe(0);
  });

  test("holds the pid in 33 columns, over what was there (MST-43)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("pid");
    const fd = openLockFile(path);
    writePid(fd, 4711);
    expect(readFileSync(path, "latin1")).toBe(`${" ".repeat(28)}4711\n`);
    writePid(fd, 12);
    expect(readFileSync(path, "latin1")).toBe(`${" ".repeat(30)}12\n`);
    closeFd(fd);
  });

  test("asking changes nothing and does not get in a master's way", () => {
    using directory = temporaryDirectory();
    const path = directory.file("lock");
    closeFd(openLockFile(path));
    const before = statSync(path, { bigint: true });
    expect(lockIsHeld(path)).toBe("free");
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    closeFd(openLockFile(path));
  });

  test("two who ask at the same moment do not take each other for a master", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("lock");
    closeFd(openLockFile(path));
    const other = Bun.spawn(["/usr/bin/flock", "-s", path, "sh", "-c", "echo asked; read end"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const reader = other.stdout.getReader();
    await reader.read();
    expect(lockIsHeld(path)).toBe("free");
    other.stdin.end();
    await other.exited;
  });

  test("refuses a file with two names (MST-40)", () => {
    using directory = temporaryDirectory();
    const path = directory.file("lock");
    writeFileSync(path, "");
    linkSync(path, directory.file("other"));
    expect(() => openLockFile(path)).toThrow("file has 2 hard links");
    expect(lockIsHeld(path)).toEqual({ error: expect.any(LockError) });
  });

  test("refuses a directory and a fifo, without waiting for a writer", () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("d"));
    expect(() => openLockFile(directory.file("d"))).toThrow("Is a directory");
    expect(lockIsHeld(directory.file("d"))).toEqual({ error: expect.any(LockError) });
    Bun.spawnSync(["mkfifo", directory.file("f")]);
    expect(() => openLockFile(directory.file("f"))).toThrow("expected a regular file");
    expect(lockIsHeld(directory.file("f"))).toEqual({ error: expect.any(LockError) });
  });

  test("follows a symbolic link only where root alone can put one (MST-40)", () => {
    using directory = temporaryDirectory();
    const [target, link] = [directory.file("target"), directory.file("link")];
    writeFileSync(target, "");
    symlinkSync(target, link);
    chmodSync(directory.path, 0o755);
    closeFd(openLockFile(link));
    chmodSync(directory.path, 0o777);
    expect(() => openLockFile(link)).toThrow("file is a symbolic link");
    chmodSync(directory.path, 0o755);
    chownSync(directory.path, 65_534, 65_534);
    expect(() => openLockFile(link)).toThrow("file is a symbolic link");
  });

  test("a link to nothing is refused, not followed and not looped over", () => {
    using directory = temporaryDirectory();
    symlinkSync(directory.file("nothing"), directory.file("link"));
    expect(() => openLockFile(directory.file("link"))).toThrow("symbolic link to nothing");
    expect(existsSync(directory.file("nothing"))).toBe(false);
  });

  test("a missing directory is named", () => {
    expect(() => openLockFile("/nonexistent/pid")).toThrow(
      "open /nonexistent/pid: No such file or directory",
    );
  });
});
