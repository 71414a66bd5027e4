import { describe, expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";

import { decodeByteString, encodeByteString } from "../../src/os/byte-string.ts";
import {
  readConfigurationFile,
  readConfigurationFileNow,
} from "../../src/os/configuration-file.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

function writeOld(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content);
  utimesSync(path, new Date(0), new Date(0));
}

describe("configuration file", () => {
  test("every byte is one character, NUL and broken UTF-8 included", async () => {
    using directory = temporaryDirectory();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    writeOld(directory.file("main.cf"), bytes);
    const text = await readConfigurationFile(directory.file("main.cf"));
    expect([...text].map((character) => character.charCodeAt(0))).toEqual([...bytes]);
  });

  test("a large file is read whole", async () => {
    using directory = temporaryDirectory();
    writeOld(directory.file("main.cf"), "x".repeat(10_000_000));
    expect((await readConfigurationFile(directory.file("main.cf"))).length).toBe(10_000_000);
  });

  test("a file that is being edited is read again when it has come to rest (MCF-12)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("main.cf");
    writeFileSync(path, "half of");
    const reading = readConfigurationFile(path);
    let turns = 0;
    const turning = setInterval(() => turns++, 10);
    await Bun.sleep(100);
    writeOld(path, "the whole");
    expect(await reading).toBe("the whole");
    clearInterval(turning);
    expect(turns).toBeGreaterThan(10); // waiting blocked nobody
    writeFileSync(path, "half of");
    expect(readConfigurationFileNow(path)).toBe("half of");
  });

  test("a time stamp in the future does not make it wait (MCF-12)", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("main.cf");
    writeFileSync(path, "text");
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(path, tomorrow, tomorrow);
    const began = performance.now();
    expect(await readConfigurationFile(path)).toBe("text");
    expect(performance.now() - began).toBeLessThan(200);
  });

  test("what cannot be read is named with the reason (MCF-11)", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("d"));
    const read = (path: string) => readConfigurationFile(path);
    await expect(read(directory.file("d"))).rejects.toMatchObject({ code: "EISDIR" });
    await expect(read(directory.file("none"))).rejects.toThrow(
      `open ${directory.file("none")}: No such file or directory`,
    );
    Bun.spawnSync(["mkfifo", directory.file("fifo")]);
    expect(await read(directory.file("fifo"))).toBe(""); // no writer, and no waiting for one
  });
});

describe("byte strings", () => {
  test.each(["plain", "", "Grüße, Привет, 🐘"])("%p survives both ways", (text) => {
    expect(decodeByteString(encodeByteString(text))).toBe(text);
    expect(encodeByteString(text).length).toBe(Buffer.byteLength(text));
  });
});
