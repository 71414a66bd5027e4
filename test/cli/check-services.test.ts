/** What `check` says about the services of our own that master.cf names. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";

import { temporaryDirectory } from "../os/temporary-directory.ts";
import { runCommand } from "../support/run-command.ts";

const IMPORT = 'import { defineService } from "pfmaster";\n';
const GOOD = `${IMPORT}export default defineService({\n  parameters: { good_limit: { type: "int", default: 3, min: 1 } },\n  async session() {},\n});\n`;
const isRoot = process.getuid?.() === 0;

type Setup = Readonly<{
  masterCf: string;
  mainCf?: string;
  services?: Readonly<Record<string, string>>;
  mode?: number;
}>;

function check({ masterCf, mainCf = "", services = {}, mode = 0o644 }: Setup) {
  using directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(directory.file("services"), { mode: 0o755 });
  for (const [name, text] of Object.entries(services)) {
    writeFileSync(directory.file(`services/${name}.ts`), text);
    chmodSync(directory.file(`services/${name}.ts`), mode);
  }
  const owner = isRoot ? "" : `rootless_mode = yes\nmail_owner = ${process.env["USER"]}\n`;
  writeFileSync(
    directory.file("main.cf"),
    `${mainCf}compatibility_level = 3.6\nqueue_directory = ${directory.path}\n` +
      `data_directory = ${directory.path}\nmyhostname = mail.example.com\n${owner}`,
  );
  writeFileSync(directory.file("master.cf"), masterCf);
  const { exitCode, stdout, stderr } = runCommand(["check", "-c", directory.path]);
  return { exitCode, output: `${stdout}${stderr}`.replaceAll(`${directory.path}/`, "") };
}

const entry = (name: string, rest = "") => `${name} unix - - n - - pfmaster${rest}\n`;

describe.concurrent("check", () => {
  test("finds nothing wrong with what can be started", () => {
    const masterCf =
      entry("one", " good") +
      entry("good") +
      entry("echo") +
      "x unix - - n - 1 pfmaster -v anvil\n" +
      entry("good2", " good");
    expect(check({ masterCf, services: { good: GOOD } })).toEqual({
      exitCode: 0,
      output: "5 services, no problems\n",
    });
  });

  test("warns about a service that nobody knows, as about a program that is not there", () => {
    const { exitCode, output } = check({ masterCf: entry("x", " ecno") });
    expect(exitCode).toBe(0);
    expect(output).toStartWith(
      'master.cf:1:18: warning: Cannot start the service "ecno": expected a built-in one, anvil or echo, or a file "services/ecno.ts" (did you mean "echo"?)\n',
    );
  });

  test("shows a syntax error with its line, once, whoever imports the file", () => {
    const services = { bad: "const a = 1;\nconst b = ;\n", user: 'import "./bad.ts";\n' };
    const { exitCode, output } = check({ masterCf: entry("bad") + entry("user"), services });
    expect(exitCode).toBe(78);
    expect(output).toBe(
      "services/bad.ts:2:11: error: Unexpected ;\n    const b = ;\n              ^\n1 error\n",
    );
  });

  test("points at the property that has the wrong shape", () => {
    const bad = `${IMPORT}export default defineService({\n  parameters: {\n    bad_limit: { type: "int", default: "3" },\n  },\n  async sesion() {},\n});\n`;
    const { exitCode, output } = check({ masterCf: entry("bad"), services: { bad } });
    expect(exitCode).toBe(78);
    expect(output).toContain('bad.ts:2:16: error: The service does nothing: expected "session"');
    expect(output).toContain(
      'bad.ts:4:31: error: Cannot use "3" as "default": expected a whole number',
    );
    expect(output).toContain('bad.ts:6:3: error: Unknown property "sesion"');
    expect(output).toContain("      async sesion() {},\n      ^\n");
    expect(output).toContain('(did you mean "session"?)');
  });

  test("reads the parameters of a service from main.cf", () => {
    const mainCf = "good_limit = 0\nanvil_rate_time_unit = soon\n";
    const masterCf = entry("good") + "anvil unix - - n - 1 pfmaster\n";
    const { exitCode, output } = check({ masterCf, mainCf, services: { good: GOOD } });
    expect(exitCode).toBe(78);
    expect(output).toContain('main.cf:1:14: error: Cannot use good_limit = "0"');
    expect(output).toContain('main.cf:2:24: error: Cannot use anvil_rate_time_unit = "soon"');
  });

  test("runs nothing that others may have written", () => {
    const services = { open: "process.exit(7);\n" };
    const { exitCode, output } = check({ masterCf: entry("open"), services, mode: 0o666 });
    expect(exitCode).toBe(78);
    expect(output).toContain(
      'master.cf:1:21: error: Cannot run code from "services/open.ts": its mode is 0666',
    );
  });

  test.skipIf(!isRoot)(
    "runs nothing of a rootless configuration as root, and still reads it",
    () => {
      const services = { own: "process.exit(7);\n", bad: "const x = ;\n" };
      const { exitCode, output } = check({
        masterCf: entry("own") + entry("bad"),
        mainCf: "rootless_mode = yes\nmail_owner = daemon\n",
        services,
      });
      expect(exitCode).toBe(78);
      expect(output).toContain("services/bad.ts:1:11: error: ");
      expect(output).not.toContain("own.ts");
    },
  );

  test("compares what a service demands with its entry (MUL-31, MUL-50 to MUL-52)", () => {
    const demanding = (what: string) =>
      `${IMPORT}export default defineService({ requires: { ${what} }, async session() {} });\n`;
    const services = {
      one: demanding("processLimit: 1"),
      any: demanding("processLimit: 0"),
      root: demanding("privileges: true"),
    };
    const masterCf =
      "one unix - - n - 2 pfmaster\nany unix - - n - - pfmaster\nroot unix - - n - - pfmaster\necho fifo - - n - - pfmaster\n";
    const { exitCode, output } = check({ masterCf, services });
    expect(exitCode).toBe(78);
    for (const fault of [
      'cf:1:20: error: Cannot start the service "one": expected a process limit of 1, found 2',
      'cf:2:20: error: Cannot start the service "any": expected a process limit of 0, found 100',
      'cf:3:21: error: Cannot start the service "root": expected "n" in field "unprivileged"',
      'cf:4:21: error: Cannot start the service "echo": expected a service of type inet, unix or pass',
    ]) {
      expect(output).toContain(fault);
    }
    const right =
      "one unix - - n - 1 pfmaster\nany unix - - n - 0 pfmaster\n" +
      (isRoot ? "root unix - n n - - pfmaster\n" : "");
    expect(check({ masterCf: right, services }).exitCode).toBe(0);
  });

  test("names the option that a child would not understand", () => {
    const { output } = check({ masterCf: entry("x", " -q echo") });
    expect(output).toContain("warning: Cannot start this service: unknown option -q");
  });
});
