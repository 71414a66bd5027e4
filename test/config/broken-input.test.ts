/** Broken main.cf files in great number: never a crash, every problem in its place, the verdict of postconf. */
import { describe, expect, test } from "bun:test";

import { evaluateMainCf } from "../../src/config/evaluate.ts";
import { parseMainCf } from "../../src/config/main-cf.ts";
import { hasErrors, type Problem } from "../../src/config/problem.ts";
import { reviewMainCf } from "../../src/config/review.ts";
import { breakSomewhere, generateMainCf } from "./main-cf-generator.ts";
import { askPostconf, forEach, postconfHost, withoutPostconf } from "./postconf.ts";
import { seededRandom } from "./service-file-generator.ts";

const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 3);
const FILES = 10_000;
const COMPARED = 1_000;
const AT_ONCE = 100; // a refusal makes postconf sleep for a second
const TIMEOUT_MILLISECONDS = 120_000;
const FILE = "/etc/mail/main.cf";

test(
  `reads ${FILES} broken main.cf files without a crash, every problem within the file`,
  () => {
    const random = seededRandom(SEED);
    let refused = 0;
    for (let made = 0; made < FILES; made++) {
      const text = breakSomewhere(generateMainCf(random, true), random);
      const problems = inspect(text);
      const lines = text.split("\n");
      for (const problem of problems) expectPlaceWithin(lines, problem);
      if (hasErrors(problems)) refused++;
    }
    expect(refused).toBeGreaterThan(FILES / 2);
  },
  TIMEOUT_MILLISECONDS,
);

describe.skipIf(withoutPostconf())("compared with the installed postconf", () => {
  test(
    `refuses the same of ${COMPARED} broken files for the same line`,
    async () => {
      const random = seededRandom(SEED);
      const texts = Array.from({ length: COMPARED }, () =>
        breakSomewhere(generateMainCf(random, false), random),
      );
      const verdicts = await forEach(texts, AT_ONCE, async (text) => ({
        text,
        postconf: syntaxErrorLine((await askPostconf({ mainCf: text }, ["mail_name"])).errors),
        pfmaster: firstErrorLine(parseMainCf(text, FILE).problems),
      }));
      const differences = verdicts.filter(({ postconf, pfmaster }) => postconf !== pfmaster);
      expect(differences.slice(0, 3)).toEqual([]); // a diff of many takes minutes
      const refused = verdicts.filter(({ postconf }) => postconf !== null).length;
      expect(refused).toBeGreaterThan(COMPARED / 4);
      expect(refused).toBeLessThan((COMPARED * 3) / 4);
    },
    TIMEOUT_MILLISECONDS,
  );
});

describe("a hostile main.cf", () => {
  const names = Array.from({ length: 90 }, (_, index) => `n${index}`);
  const chain = (link: (next: string) => string, end: string): string =>
    `mydestination = $n0\n${names.map((name, index) => `${name} = ${link(`n${index + 1}`)}\n`).join("")}n90 = ${end}\n`;
  const nested = (open: string, close: string, times: number): string =>
    `mydestination = ${open.repeat(times)}x${close.repeat(times)}\n`;

  test.each([
    ["a value that doubles ninety times", chain((next) => `$${next}$${next}`, "x"), false],
    ["nothing that doubles ninety times", chain((next) => `$${next}$${next}`, ""), true],
    [
      "a comparison that doubles",
      chain((next) => `\${{$${next}} == {$${next}} ? {$${next}} : {$${next}}}`, "x"),
      false,
    ],
    ["a name that refers to itself", "mydestination = $mydestination\n", false],
    [
      "a name that refers to itself in an operand",
      "mydestination = ${{$mydestination} == {}}\n",
      false,
    ],
    [
      "two names that refer to each other",
      "mydestination = $b\nb = ${mydestination?$mydestination}\n",
      false,
    ],
    ["references nested 100,000 times", nested("${a?", "}", 100_000), true],
    ["operands nested 100,000 times", nested("${{", "} == {x}}", 100_000), false],
    ["choices nested 100,000 times", nested("${mail_owner?{", "}}", 100_000), false],
    ["braces that are never closed", `mydestination = ${"${{".repeat(1_000_000)}\n`, false],
    ["five million references", `mydestination = ${"$a".repeat(5_000_000)}\n`, true],
    ["a name of 10 MB", `mydestination = \${${"n".repeat(10_000_000)}}\n`, true],
    ["a number of 10 MB", `mydestination = \${{${"9".repeat(10_000_000)}} == {1}}\n`, false],
    ["a level of 10 MB", `mydestination = \${{${"1".repeat(10_000_000)}} ==level {1}}\n`, false],
    ["a value of 10 MB", `max_use = ${"1".repeat(10_000_000)}\n`, false],
    ["blanks of 10 MB inside a value", `mydestination = a${" ".repeat(10_000_000)}b\n`, true],
    ["blanks of 10 MB after a value", `mydestination = a${" ".repeat(10_000_000)}\n`, true],
    ["a million lines of one value", `mydestination = a\n${" b\n".repeat(1_000_000)}`, true],
    ["a million comments in one value", `mydestination = a\n${"#b\n".repeat(1_000_000)} c\n`, true],
    ["200,000 unknown names", makeNames(200_000), true],
    ["a known_tcp_ports of 1 MB", `known_tcp_ports = ${"a=1,".repeat(250_000)}\n`, true],
  ])("is read in a moment: %s", (_, text, accepted) => {
    const start = performance.now();
    const problems = inspect(text);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(hasErrors(problems)).toBe(!accepted);
  });
});

function inspect(text: string): readonly Problem[] {
  const { value: mainCf, problems: syntax } = parseMainCf(text, FILE);
  const { value: evaluation, problems } = evaluateMainCf(mainCf, postconfHost);
  const found = [...syntax, ...problems].filter(({ message }) => !isAboutAccounts(message));
  return [...found, ...reviewMainCf(mainCf, postconfHost, evaluation, found)];
}

/** The test's host has few accounts. */
function isAboutAccounts(message: string): boolean {
  return /^Cannot use (?:mail_owner|default_privs|setgid_group) /.test(message);
}

function expectPlaceWithin(lines: readonly string[], { at, message }: Problem): void {
  if (at === null) return;
  const line = lines[at.line - 1];
  if (line === undefined || at.column < 1 || at.column > line.length + 1) {
    throw new Error(`${at.line}:${at.column} is outside of the file: ${message}`);
  }
}

function syntaxErrorLine(errors: string): number | null {
  const found = /fatal: .*, line (\d+): missing/.exec(errors);
  return found === null ? null : Number(found[1]);
}

function firstErrorLine(problems: readonly Problem[]): number | null {
  return problems.find(({ severity }) => severity === "error")?.at?.line ?? null;
}

function makeNames(count: number): string {
  return Array.from({ length: count }, (_, index) => `name${index} = x\n`).join("");
}
