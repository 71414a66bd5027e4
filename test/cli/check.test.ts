import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runCheck } from "../../src/cli/check.ts";
import { runCommand } from "../support/run-command.ts";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A configuration directory with one program that can be started. */
function configuration(mainCf: string, masterCf: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), "check-"));
  folders.push(folder);
  mkdirSync(join(folder, "daemons"));
  symlinkSync("/bin/true", join(folder, "daemons/run"));
  const start = `compatibility_level = 3.6\nqueue_directory = ${folder}\ndata_directory = ${folder}\ndaemon_directory = ${folder}/daemons\nmyhostname = mail.example.com\n`;
  writeFileSync(join(folder, "main.cf"), `${start}${mainCf}`, "latin1");
  if (masterCf !== null) writeFileSync(join(folder, "master.cf"), masterCf, "latin1");
  return folder;
}

async function check(
  mainCf: string,
  masterCf: string,
): Promise<{ output: string; exitCode: number }> {
  const folder = configuration(mainCf, masterCf);
  const { output, exitCode } = await runCheck(folder, { json: false });
  return { output: output.replaceAll(`${folder}/`, ""), exitCode };
}

test("says how many services a sound configuration has", async () => {
  expect(await check("", "a unix - - n - - run\nb fifo - - n - - run\n")).toEqual({
    output: "2 services, no problems\n",
    exitCode: 0,
  });
});

test("shows every error of both files with its line, a caret and what was meant", async () => {
  const master = "a unix - - n - - run\nb unx - - n - x run\n\n# c\nc inet y - n - - run\n";
  const { output, exitCode } = await check("default_process_limit = ten\n", master);
  expect(output).toBe(
    [
      'main.cf:6:25: error: Cannot use default_process_limit = "ten": expected a whole number of at least 1',
      "    default_process_limit = ten",
      "                            ^",
      'master.cf:2:3: error: Cannot use transport type "unx": expected one of inet, unix, unix-dgram, fifo, pass (did you mean "unix"?)',
      "    b unx - - n - x run",
      "      ^",
      'master.cf:2:15: error: Cannot read field "max_proc": found "x", expected a whole number or "-"',
      "    b unx - - n - x run",
      "                  ^",
      'master.cf:5:1: error: Port name "c" is neither in known_tcp_ports nor in the services database: expected a name from there or a number',
      "    c inet y - n - - run",
      "    ^",
      'master.cf:5:8: error: An inet service cannot be private: found "y" in field "private", expected "n" (did you mean "n"?)',
      "    c inet y - n - - run",
      "           ^",
      "5 errors",
      "",
    ].join("\n"),
  );
  expect(exitCode).toBe(78);
});

test("puts the caret where a continued line has the fault", async () => {
  const { output } = await check("", "a unix - -\n# c\n\tn - - run\n  {a}b\n");
  expect(output).toContain("master.cf:4:6: error: ");
  expect(output).toContain("\n      {a}b\n         ^\n");
});

test("finds a program that is missing, a directory, or not executable", async () => {
  const folder = configuration(
    "",
    "a unix - - n - - rnu\nb unix - - n - - dir\nc unix - - n - - text\nd unix - - n - - pfmaster echo\n",
  );
  mkdirSync(join(folder, "daemons/dir"));
  writeFileSync(join(folder, "daemons/text"), "");
  chmodSync(join(folder, "daemons/text"), 0o644);
  const { output, exitCode } = await runCheck(folder, { json: false });
  const lines = output.replaceAll(`${folder}/`, "").split("\n");
  expect(lines.filter((line) => line.includes("warning"))).toEqual([
    'master.cf:1:18: warning: Cannot start "daemons/rnu": there is no such file, expected a program (did you mean "run"?)',
    'master.cf:2:18: warning: Cannot start "daemons/dir": it is a directory, expected a program',
    'master.cf:3:18: warning: Cannot start "daemons/text": it is not executable, expected a program',
    "4 services, 3 warnings",
  ]);
  expect(exitCode).toBe(0);
});

test("looks host names up, and points at the one in inet_interfaces that is wrong", async () => {
  const master =
    "localhost:20001 inet n - n - - run\nno-such-host.invalid:20001 inet n - n - - run\n";
  const { output, exitCode } = await check("inet_interfaces = 127.0.0.1, 192.0.2.99\n", master);
  expect(output).toContain('main.cf:6:30: error: inet_interfaces: "192.0.2.99" is not an address');
  expect(output).toContain("master.cf:2:1: error: Cannot find an ");
  expect(output).toEndWith("2 errors\n");
  expect(exitCode).toBe(78);
});

test("points at the whole value when a reference hides the word", async () => {
  const { output } = await check("where = 192.0.2.99\ninet_interfaces = $where\n", "");
  expect(output).toContain('main.cf:7:19: error: inet_interfaces: "192.0.2.99" is not');
});

test.each([
  ["a unix - - n 1m - run\n", "1 service, 1 warning\n", 0],
  ["a unix - - n - x run\n", "1 error\n", 78],
  ["a unix - - n - x run\nb unix - - n 1m - run\n", "1 error, 1 warning\n", 78],
])("ends %j with %j", async (masterCf, last, status) => {
  const { output, exitCode } = await check("", masterCf);
  expect(output).toEndWith(`\n${last}`);
  expect(exitCode).toBe(status);
});

test("never sends a byte from a file to the terminal that would act on it", async () => {
  const { output } = await check("", "h\xc3\xa9\x1b[31m\xff\xe2\x80\xae\x07 tcp\tn - n - - run\n");
  expect(output).toContain("\n    hé\\x1b[31m\\xff\\u{202e}\\x07 tcp n - n - - run\n");
  const caret = output.split("\n").findLast((line) => /^ *\^$/.test(line)); // the transport
  expect(caret).toBe(`${" ".repeat(4 + "hé\\x1b[31m\\xff\\u{202e}\\x07 ".length)}^`);
  expect(output).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test("shortens a long line around the caret, and a long word in the message", async () => {
  const long = "w".repeat(10_000_000);
  const { output } = await check("", `a unix - - n - - run ${long} {${long}}x ${long}\n`);
  const [message = "", line = "", caret = ""] = output.split("\n");
  expect(message).toStartWith("master.cf:1:20000025: error: ");
  expect(message.length).toBeLessThan(450);
  expect(line.length).toBeLessThan(160);
  expect(line.slice(caret.length - 2, caret.length + 2)).toBe("}x w");
});

test("checks the services although main.cf names an account that this machine lacks", async () => {
  const { output, exitCode } = await check(
    "mail_owner = no-such-user\nsetgid_group = no-such-group\n",
    "a unx - - n - - run\n",
  );
  expect(output.split("\n").filter((line) => /: error: /.test(line))).toEqual([
    expect.stringContaining("main.cf:6:14: error: "),
    expect.stringContaining("main.cf:7:16: error: "),
    expect.stringContaining("master.cf:1:3: error: "),
  ]);
  expect(exitCode).toBe(78);
});

test("says which file is missing or cannot be read, and checks what is there", async () => {
  const noMaster = configuration("default_process_limit = ten\n", null);
  const first = await runCheck(noMaster, { json: false });
  const [message = "", next = ""] = first.output.split("\n");
  expect(message).toStartWith(`error: Cannot read "${noMaster}/master.cf": `);
  expect(message).toMatch(/no such file or directory, expected a readable file$/i);
  expect(next).toStartWith(`${noMaster}/main.cf:6:25: error: `);
  expect(first.exitCode).toBe(66);

  rmSync(join(noMaster, "main.cf"));
  mkdirSync(join(noMaster, "main.cf"));
  const second = await runCheck(noMaster, { json: false });
  expect(second.output).toContain(
    `error: Cannot read "${noMaster}/main.cf": it is a directory, expected a readable file\n`,
  );
  expect(second.exitCode).toBe(66);
});

test("accepts an empty master.cf", async () => {
  expect(await check("", "")).toEqual({ output: "0 services, no problems\n", exitCode: 0 });
});

test("prints one JSON document for programs", async () => {
  const folder = configuration("", "a unix - - n - - run\nb unx - - n - 1x run\n");
  const { output, exitCode } = await runCheck(folder, { json: true });
  const file = `${folder}/master.cf`;
  expect(JSON.parse(output)).toEqual({
    errors: 1,
    warnings: 1,
    services: 1,
    problems: [
      {
        severity: "error",
        file,
        line: 2,
        column: 3,
        message:
          'Cannot use transport type "unx": expected one of inet, unix, unix-dgram, fifo, pass',
        suggestion: "unix",
      },
      {
        severity: "warning",
        file,
        line: 2,
        column: 15,
        message: 'Field "max_proc" is read as 1: ignored "x" after the number, which takes no unit',
        suggestion: "1",
      },
    ],
  });
  expect(exitCode).toBe(78);
});

test("is a command of the binary, with its exit status, for any user", () => {
  const folder = configuration("", "a unx - - n - - run\n");
  chmodSync(folder, 0o755);
  const ended = runCommand(["check", "-c", folder, "--json"], { prefix: asOrdinaryUser() });
  expect(JSON.parse(ended.stdout)).toMatchObject({ errors: 1, problems: [{ suggestion: "unix" }] });
  expect([ended.exitCode, ended.stderr]).toEqual([78, ""]);

  const fromEnvironment = runCommand(["check"], { env: { MAIL_CONFIG: folder } });
  expect(fromEnvironment.stdout).toStartWith(`${folder}/master.cf:1:3: error: `);
  expect(runCommand(["check", "-c", `${folder}/none`]).exitCode).toBe(66);
});

test.each([
  [["--jsn"], 'unknown option "--jsn": did you mean "--json"?'],
  [["-c"], 'option "-c" needs a value'],
  [["/etc/postfix"], 'unexpected word "/etc/postfix": expected only options'],
])("refuses the options %j", (words, message) => {
  const { exitCode, stdout, stderr } = runCommand(["check", ...words]);
  expect([exitCode, stdout]).toEqual([64, ""]);
  expect(stderr).toContain(message);
});

function asOrdinaryUser(): string[] {
  return process.getuid?.() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
}
