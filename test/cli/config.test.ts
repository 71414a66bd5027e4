import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runCommand } from "../support/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, "main.cf"),
  "max_use = 7\nown = $max_use s\nmyorigin = $own\nbad = ${\n",
);
writeFileSync(join(folder, "master.cf"), "smtp inet n - n - - smtpd\n  -o { a = b }\n");

function config(...words: string[]) {
  return runCommand(["config", "-c", folder, ...words]);
}

describe("pfmaster config", () => {
  test("prints parameters by name, raw", () => {
    expect(config("max_use", "myorigin")).toEqual({
      exitCode: 0,
      stdout: "max_use = 7\nmyorigin = $own\n",
      stderr: "",
    });
  });

  test("takes options together and after names, as postconf does not", () => {
    expect(config("myorigin", "-xh").stdout).toBe("7 s\n");
  });

  test("prints with -n what the file sets", () => {
    const lines = `config_directory = ${folder}\nmax_use = 7\nmyorigin = $own\nown = $max_use s\n`;
    expect(config("-n").stdout).toBe(lines);
  });

  test("prints every parameter without a name", () => {
    const lines = config().stdout.split("\n");
    expect(lines.length).toBeGreaterThan(800);
    expect(lines).toContain("child_kill_delay = 10s");
    expect(lines).toContain("max_use = 7");
  });

  test("warns of an unknown name and goes on", () => {
    expect(config("nope", "max_use")).toEqual({
      exitCode: 0,
      stdout: "max_use = 7\n",
      stderr: "pfmaster: warning: nope: unknown parameter\n",
    });
  });

  test("says with -d which rule chose daemon_directory", () => {
    const { stdout, stderr } = config("-d", "daemon_directory", "max_use");
    expect(stdout).toMatch(/^daemon_directory = \/.*\nmax_use = 100\n$/);
    expect(stderr).toMatch(/^pfmaster: daemon_directory is \/.*: .+\n$/);
    expect(config("-d", "max_use").stderr).toBe("");
  });

  test("prints services with -M", () => {
    expect(config("-M")).toEqual({
      exitCode: 0,
      stdout: "smtp       inet  n       -       n       -       -       smtpd -o a=b\n",
      stderr: "",
    });
  });

  test("ends with 78 when a value cannot be expanded", () => {
    const broken = mkdtempSync(join(folder, "broken-"));
    writeFileSync(join(broken, "main.cf"), "max_use = 7\nmyorigin = ${\n");
    expect(runCommand(["config", "-c", broken, "-x", "myorigin", "max_use"])).toEqual({
      exitCode: 78,
      stdout: "max_use = 7\n",
      stderr: `pfmaster: ${broken}/main.cf:2:12: error: Cannot expand "\${": expected a closing "}" in the value of myorigin\n`,
    });
  });

  test.each([
    [["-d", "-n"], "config: expected only one of -d and -n"],
    [["-M", "smtp"], 'config: unexpected name "smtp" after -M'],
    [["-Z"], 'config: unknown option "-Z"'],
  ])("refuses %j with 64", (words, message) => {
    const { exitCode, stdout, stderr } = config(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toStartWith(`pfmaster: ${message}`);
  });

  test("ends with 66 when a file cannot be read", () => {
    const missing = runCommand(["config", "-c", `${folder}/none`]);
    expect(missing).toEqual({
      exitCode: 66,
      stdout: "",
      stderr: `pfmaster: Cannot read "${folder}/none/main.cf": No such file or directory\n`,
    });
    expect(runCommand(["config", "-c", `${folder}/none`, "-d", "max_use"]).exitCode).toBe(0);
  });
});
