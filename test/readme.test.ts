/** The README says what the program does: its tables are compared with the data they are about. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ExitCode, StatusExitCode } from "../src/cli/exit.ts";
import { helpText } from "../src/cli/help.ts";
import { VERBS } from "../src/cli/verbs.ts";
import { PARAMETERS } from "../src/config/parameters.ts";
import { differences } from "./blackbox/differences.ts";

const ROOT = join(import.meta.dir, "..");
const readme = await Bun.file(join(ROOT, "README.md")).text();
const ci = await Bun.file(join(ROOT, ".ci/run")).text();

describe("the README", () => {
  test("lists the parameters of our own, with default and meaning", () => {
    const rows = tableRows("Parameters that only pfmaster has");
    const ours = [...PARAMETERS.values()].filter(({ origin }) => origin === "pfmaster");
    expect(rows.map(([name, value]) => [name, value])).toEqual(
      ours.map(({ name, default: value }) => [`\`${name}\``, `\`${value}\``]),
    );
    for (const [index, { meaning }] of ours.entries())
      expect(rows[index]?.[2]).toStartWith(meaning);
  });

  test("lists every exit code and no other", () => {
    const codes = [...Object.values(ExitCode), ...Object.values(StatusExitCode)];
    const expected = [...new Set(codes)].sort((a, b) => a - b);
    expect(tableRows("Exit codes").map(([code]) => Number(code))).toEqual(expected);
  });

  test("shows every command and every option of the master, as --help does", () => {
    for (const verb of VERBS) {
      expect(readme).toContain(`\`pfmaster ${verb}`);
      expect(helpText).toContain(`pfmaster ${verb} `);
    }
    for (const letter of "cDdeistvw") {
      expect(readme).toMatch(new RegExp(`^\\| \`-${letter}[ \`]`, "m"));
      expect(helpText).toMatch(new RegExp(`^  -${letter} `, "m"));
    }
  });

  test("names every number of a difference that the black-box suite makes", () => {
    const section = sectionOf("Where it is deliberately not the original");
    const numbers = Object.values(differences).flatMap(
      ({ source }) => source.match(/[A-Z]{3}-\d+/g) ?? [],
    );
    expect(numbers.filter((number) => !section.includes(number))).toEqual([]);
  });

  test("draws folders that are there", () => {
    const tree = sectionOf("The sources").split("```")[1] ?? "";
    const paths = tree.split("\n").flatMap((line) => line.split(/\s{2,}/)[0] || []);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("asks for the Debian packages that CI installs", () => {
    const installed = /packages=\(\n([\s\S]*?)\n\)/.exec(ci)?.[1] ?? "";
    const packages = installed
      .split("\n")
      .flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/));
    const section = sectionOf("What the tests need");
    expect(packages.length).toBeGreaterThan(5);
    expect(packages.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
  });
});

/** From one heading to the next of any level. */
function sectionOf(heading: string): string {
  const start = readme.search(new RegExp(`^#+ ${heading}$`, "m"));
  if (start < 0) throw new Error(`the README has no "${heading}"`);
  const rest = readme.slice(readme.indexOf("\n", start) + 1);
  const end = rest.search(/^#+ /m);
  return end < 0 ? rest : rest.slice(0, end);
}

/** The cells of each row below the head. */
function tableRows(heading: string): string[][] {
  const lines = sectionOf(heading)
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
