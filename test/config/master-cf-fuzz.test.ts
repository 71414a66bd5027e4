import { expect, test } from "bun:test";

import { assignAddresses, hostNamesToResolve } from "../../src/config/addresses.ts";
import { generateCase, seededRandom } from "./service-file-generator.ts";
import { FILE, parse, settings } from "./service-samples.ts";

const FILES = 10_000;

test(`reads ${FILES} broken service files without a crash, every problem within the file`, () => {
  const random = seededRandom(7);
  let broken = 0;
  for (let made = 0; made < FILES; made++) {
    const { masterCf, disable } = generateCase(random);
    const text = scramble(masterCf, random);
    const { value, problems } = parse(text, { settings: { masterServiceDisable: disable } });
    const lines = text.split("\n");
    for (const { at, message } of problems) {
      if (at === null) throw new Error(message);
      const line = lines[at.line - 1] ?? "";
      expect(at.file).toBe(FILE);
      expect(at.column).toBeGreaterThanOrEqual(1);
      expect(at.column).toBeLessThanOrEqual(line.length + 1);
    }
    if (problems.some(({ severity }) => severity === "error")) broken++;
    const names = hostNamesToResolve(value, settings);
    const lookups = new Map(names.map((name) => [name, ["192.0.2.1"]]));
    const plans = assignAddresses(value, settings, lookups, ["127.0.0.1"]);
    expect(plans.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plans.value.every(({ endpoints }) => endpoints.length > 0)).toBe(true);
  }
  expect(broken).toBeGreaterThan(FILES / 2);
});

/** A few bytes changed, put in, or taken out. */
function scramble(text: string, random: () => number): string {
  const bytes = "\0\t\n\r\v -{}[]:!#=\\\xff0aZ";
  let scrambled = text;
  for (let edits = Math.floor(random() * 4); edits > 0; edits--) {
    const at = Math.floor(random() * scrambled.length);
    const byte = bytes[Math.floor(random() * bytes.length)] ?? "";
    const taken = Math.floor(random() * 3);
    scrambled = scrambled.slice(0, at) + byte + scrambled.slice(at + taken);
  }
  return scrambled;
}

test.each([
  ["blanks in an unfinished line", `a${" ".repeat(10_000_000)}b`],
  ["an opening brace after the other", `a unix - - n - - run ${"{".repeat(10_000_000)}`],
  ["words", `a unix - - n - - run ${"w ".repeat(5_000_000)}`],
  ["a name", `${"n".repeat(10_000_000)} inet n - n - - run`],
  ["colons", `${":".repeat(10_000_000)} inet n - n - - run`],
  ["dots", `${".".repeat(10_000_000)}:25 inet n - n - - run`],
  ["digits", `a unix - - n - ${"9".repeat(10_000_000)} run`],
])("reads a line of 10 MB in linear time: %s", (_, text) => {
  const start = performance.now();
  parse(text);
  expect(performance.now() - start).toBeLessThan(5_000); // quadratic time would be hours
});
