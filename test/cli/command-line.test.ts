import { describe, expect, test } from "bun:test";

import type { ArgsDef } from "citty";

import { version } from "../../package.json";
import { findOptionFault } from "../../src/cli/strict-options.ts";
import { runCommand } from "../support/run-command.ts";

const definitions: ArgsDef = {
  config: { type: "string", alias: "c" },
  json: { type: "boolean" },
  all: { type: "boolean", alias: ["n", "x"] },
};
const withNames: ArgsDef = { ...definitions, name: { type: "positional", required: false } };

describe("options of a command", () => {
  test.each([
    [[]],
    [["-c", "dir"]],
    [["-cdir", "-nx"]],
    [["-ncdir"]],
    [["-nc", "dir", "--json"]],
    [["--config", "dir"]],
    [["--config=dir"]],
    [["--config="]],
    [["--"]],
  ])("%j is fine", (words) => {
    expect(findOptionFault(definitions, words)).toBeNull();
  });

  test.each([
    [["--jsn"], 'unknown option "--jsn": did you mean "--json"?'],
    [["--no-json"], 'unknown option "--no-json"'],
    [["-y"], 'unknown option "-y"'],
    [["-nyx"], 'unknown option "-y"'],
    [["--json=yes"], 'option "--json" takes no value'],
    [["-c"], 'option "-c" needs a value'],
    [["--config"], 'option "--config" needs a value'],
    [["word"], 'unexpected word "word": expected only options'],
    [["--", "word"], 'unexpected word "word": expected only options'],
    [["-"], 'unexpected word "-": expected only options'],
  ])("%j is refused", (words, fault) => {
    expect(findOptionFault(definitions, words)).toBe(fault);
  });

  test("words are accepted by a command that asks for them", () => {
    expect(findOptionFault(withNames, ["one", "-n", "two", "--", "-three"])).toBeNull();
  });
});

describe("pfmaster", () => {
  test("tells its version", () => {
    expect(runCommand(["--version"])).toEqual({
      exitCode: 0,
      stdout: `pfmaster ${version}\n`,
      stderr: "",
    });
  });

  test("says in --help what bare -t means and which command is the health check", () => {
    const { exitCode, stdout } = runCommand(["--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("exit 0 = NOT running");
    expect(stdout).toMatch(/status .*\n?.*recommended health check/);
  });

  test.each(["check", "config", "status", "demo"])(
    "explains %s without colours in a pipe",
    (verb) => {
      const { exitCode, stdout } = runCommand([verb, "--help"], { env: { TERM: "xterm" } });
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`pfmaster ${verb}`);
      expect(stdout).not.toContain("\x1b");
    },
  );

  test.each([
    [["status", "--quite"], 'status: unknown option "--quite": did you mean "--quiet"?'],
    [["status", "-c"], 'status: option "-c" needs a value'],
    [["check", "word"], 'check: unexpected word "word"'],
    [["--version", "-v"], 'unexpected word "-v" after "--version"'],
  ])("exits 64 for %j", (words, message) => {
    const { exitCode, stdout, stderr } = runCommand(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toStartWith(`pfmaster: ${message}`);
  });
});
