/** A service of service_directory, in a real child: what is run, and what is refused. */
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { childDirectory, isRoot } from "./child-directory.ts";
import { ChildProcess } from "./child-process.ts";
import { collectLog } from "./collect-log.ts";
import { Conversation } from "./conversation.ts";

const EXAMPLES = join(import.meta.dir, "../examples");
const IMPORT = 'import { defineService } from "pfmaster";\n';

type Directory = ReturnType<typeof childDirectory>;

function write(directory: Directory, name: string, text: string, mode = 0o644): void {
  writeFileSync(directory.file(`services/${name}`), text);
  chmodSync(directory.file(`services/${name}`), mode);
}

/** Everything that a child logs that cannot start. */
async function failure(directory: Directory, words: readonly string[]): Promise<string> {
  using log = collectLog(directory.file(`log-${words.at(-1)?.replaceAll("/", "")}`));
  await using child = new ChildProcess({
    words: ["-V", "-t", "inet", ...words],
    directory: directory.path,
    environment: { POSTLOG_SERVICE: log.path },
  });
  const { exitCode, stderr } = await child.ended();
  expect(exitCode).toBe(1);
  return stderr.replaceAll(`${directory.path}/services/`, "");
}

describe.concurrent("a service file", () => {
  test("serves lines, with what main.cf says, named first in the command line", async () => {
    using directory = childDirectory("greeting = Hei\n");
    copyFileSync(join(EXAMPLES, "greeting.ts"), directory.file("services/greeting.ts"));
    const words = ["-n", "other", "-t", "inet", "greeting"];
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("Ada\r\nGrace\n");
    await client.receives("Hei, Ada!\nHei, Grace!\n");
  });

  test("is found by -n, and by the name the child was called by", async () => {
    using directory = childDirectory();
    copyFileSync(join(EXAMPLES, "greeting.ts"), directory.file("services/greeting.ts"));
    for (const [argv0, name] of [
      ["pfmaster", "greeting"],
      ["greeting", "other"],
    ] as const) {
      const words = ["-n", name, "-t", "inet"];
      await using child = new ChildProcess({ words, directory: directory.path, argv0 });
      using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
      client.send("Ada\n");
      await client.receives("Hello, Ada!\n");
    }
  });

  test.skipIf(!isRoot)("is loaded, with its neighbours, before the jail", async () => {
    using directory = childDirectory();
    write(directory, "words.ts", "export const answer: string = 'from outside';\n");
    write(
      directory,
      "inside.ts",
      `${IMPORT}import { answer } from "./words.ts";\nexport default defineService({ async session(client) {\n  while ((await client.readLine()) !== null) await client.writeLine(\`\${answer} \${process.getuid?.() === 0}\`);\n} });\n`,
    );
    const words = ["-c", "-u", "-t", "inet", "inside"];
    await using child = new ChildProcess({ words, directory: directory.path });
    using client = await Conversation.open({ hostname: "127.0.0.1", port: child.port });
    client.send("?\n");
    await client.receives("from outside false\n");
    expect(readFileSync(`/proc/${child.pid}/status`, "utf8")).toMatch(/^CapEff:\s0+$/m);
  });

  test.each<[string, string, string]>([
    [
      "a syntax error",
      `${IMPORT}\nexport default defineService({\n  session() { return };;\n`,
      "error: bad.ts:4:23: ",
    ],
    [
      "a property that is none",
      `${IMPORT}export default defineService({\n  async session() {},\n  parametres: {},\n});\n`,
      'error: bad.ts:4:3: Unknown property "parametres"',
    ],
    [
      "no form at all",
      `${IMPORT}\nexport default defineService({});\n`,
      "error: bad.ts:3:16: The service does nothing",
    ],
    ["no service", "export const x = 1;\n", "error: bad.ts:1:1: The file exports no service"],
    [
      "a failure of its own",
      "const x = { y: null as any };\n\nx.y.z();\n",
      "error: bad.ts:3:3: The file fails: TypeError",
    ],
    [
      "a module that is not there",
      '\nimport "./gone.ts";\n',
      "error: bad.ts:2:8: Cannot find module './gone.ts'",
    ],
    ["a syntax error of a neighbour", 'import "./worse.ts";\n', "error: worse.ts:1:11: "],
  ])("with %s is refused with its place", async (_what, text, message) => {
    using directory = childDirectory();
    write(directory, "bad.ts", text);
    write(directory, "worse.ts", "const x = ;\n");
    const log = await failure(directory, ["bad"]);
    expect(log).toContain(message);
    expect(log).toContain('fatal: Cannot use the service file "bad.ts": see the errors above');
  });

  test("with a bad parameter in main.cf is refused with the place there (MCF-54)", async () => {
    using directory = childDirectory("sender_message_limit = many\n");
    copyFileSync(join(EXAMPLES, "rate-limit.ts"), directory.file("services/rate-limit.ts"));
    const lines = readFileSync(directory.file("main.cf"), "utf8").split("\n");
    const line = lines.findIndex((text) => text.startsWith("sender_message_limit")) + 1;
    const log = await failure(directory, ["-l", "rate-limit"]);
    expect(log).toContain(`main.cf:${line}:24: Cannot use sender_message_limit = "many"`);
  });

  test("that others may write to is not run, and neither is its neighbour", async () => {
    using directory = childDirectory();
    const mark = directory.file("mark");
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");\n`;
    write(directory, "open.ts", `${evil}export default {};\n`, 0o666);
    write(directory, "neighbour.ts", `import "./open.ts";\n${evil}`);
    symlinkSync("open.ts", directory.file("services/link.ts"));
    write(directory, "required.ts", `require("./open.ts");\n${evil}`);
    write(directory, "later.ts", `await import("./open.ts");\n${evil}`);
    const names = ["open", "neighbour", "link", "required", "later"];
    for (const log of await Promise.all(names.map((name) => failure(directory, [name])))) {
      expect(log).toContain(
        'error: Cannot run code from "open.ts": its mode is 0666, expected nobody but its owner to be able to write to it',
      );
    }
    expect(await Bun.file(mark).exists()).toBe(false);
  });

  test("imports no machine code, and nothing that could not be looked at", async () => {
    using directory = childDirectory();
    write(directory, "code.node", "");
    write(directory, "code.wasm", "");
    for (const file of ["code.node", "code.wasm"]) {
      write(directory, "a.ts", `const file = "./${file}";\nawait import(file);\n`);
      expect(await failure(directory, ["a"])).toMatch(
        /error: Cannot import ".*": expected a name that ends in one of \.ts, /,
      );
    }
  });

  test("of a directory that others may write to is not run", async () => {
    using directory = childDirectory();
    write(directory, "a.ts", `${IMPORT}export default defineService({ async session() {} });\n`);
    chmodSync(directory.file("services"), 0o777);
    expect(await failure(directory, ["a"])).toContain("its mode is 0777");
  });

  test("is never sought outside its directory", async () => {
    using directory = childDirectory();
    writeFileSync(directory.file("outside.ts"), "");
    expect(await failure(directory, ["../outside"])).toContain('service "../outside"');
  });
});
