/** new, test and dev: from nothing to a running service, with nothing but the binary. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { temporaryDirectory } from "../os/temporary-directory.ts";
import { Conversation } from "../server/conversation.ts";
import { PFMASTER } from "../support/masters.ts";
import { runCommand } from "../support/run-command.ts";
import { waitFor } from "../support/wait-for.ts";

const ROOT = join(import.meta.dir, "../..");
const EXAMPLES = join(ROOT, "test/examples");

function workshop() {
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  return directory;
}

describe("pfmaster new", () => {
  test("writes a service whose test passes, without PATH", () => {
    using directory = workshop();
    const made = runCommand(["new", "say-hello"], { cwd: directory.path });
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    const ran = runCommand(["test", "say-hello.test.ts"], {
      cwd: directory.path,
      env: { PATH: "" },
    });
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^ok {6}greets as main\.cf says \(\d+ ms\)\n1 passed, 0 failed\n$/);
    expect(statSync(directory.file("say-hello.ts")).mode & 0o777).toBe(0o644);
  });

  test("writes types that fit what it writes, and what is built in", () => {
    using directory = workshop();
    runCommand(["new", "say-hello"], { cwd: directory.path });
    const compilerOptions = {
      ...JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")).compilerOptions,
      // as an editor that finds no tsconfig.json: an older library, only the files that are open
      lib: ["ES2022"],
      paths: {},
      skipLibCheck: false,
      types: [],
    };
    const files = ["greeting", "rate-limit"].flatMap((name) => [`${name}.ts`, `${name}.test.ts`]);
    for (const file of files) {
      writeFileSync(directory.file(file), readFileSync(join(EXAMPLES, file)));
    }
    writeFileSync(
      directory.file("wrong.ts"),
      'import { defineService } from "pfmaster";\ndefineService({ parameters: { a: { type: "int", default: 1 } }, async session(_client, { parameters }) {\n  const text: string = parameters.a;\n  void text;\n} });\n',
    );
    writeFileSync(
      directory.file("tsconfig.json"),
      JSON.stringify({
        compilerOptions,
        files: ["say-hello.ts", "say-hello.test.ts", "wrong.ts", ...files],
      }),
    );
    const bun = join(ROOT, "node_modules/.bin/bun");
    const { stdout, stderr } = Bun.spawnSync([bun, "check"], { cwd: directory.path });
    const errors = `${stdout.toString()}${stderr.toString()}`.match(/^\S+\(\d+,\d+\): error .*$/gm);
    expect(errors).toEqual([
      "wrong.ts(3,9): error TS2322: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  test("overwrites nothing, and refuses names that could not be used", () => {
    using directory = workshop();
    writeFileSync(directory.file("a.test.ts"), "mine");
    const run = (name: string) => runCommand(["new", name], { cwd: directory.path });
    expect(run("a")).toMatchObject({ exitCode: 71 });
    expect(run("a").stderr).toContain('a.test.ts" is there already: nothing was written');
    expect(readFileSync(directory.file("a.test.ts"), "utf8")).toBe("mine");
    for (const name of ["../b", "", "echo", "b.c"]) expect(run(name).exitCode).toBe(64);
    expect([...new Bun.Glob("*").scanSync(directory.path)]).toEqual(["a.test.ts"]);
  });
});

describe("pfmaster test", () => {
  test.each(["greeting", "rate-limit", "user-map"])("the example %s passes its tests", (name) => {
    const { exitCode, stdout, stderr } = runCommand(["test", join(EXAMPLES, `${name}.test.ts`)]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
  });

  test("tells which tests fail, where and why", () => {
    using directory = workshop();
    writeFileSync(
      directory.file("a.test.ts"),
      'import { expect, test } from "pfmaster";\ntest("one", () => expect({ a: 1 }).toEqual({ a: 1 }));\ntest("two", async () => {\n  expect("abc").toBe("abd");\n});\ntest("three", () => expect("abc").toMatch(/x/));\n',
    );
    const { exitCode, stdout } = runCommand(["test", directory.file("a.test.ts")]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`FAILED  two\n        ${directory.file("a.test.ts")}:4:`);
    expect(stdout).toContain('expected "abd", got "abc"\n');
    expect(stdout).toEndWith("1 passed, 2 failed\n");
  });

  test("ends with the last test, whatever that has left open", () => {
    using directory = workshop();
    writeFileSync(
      directory.file("a.test.ts"),
      'import { defineService, test, testService } from "pfmaster";\ntest("one", async () => {\n  const tested = await testService(defineService({ async session(c) { await c.readLine(); } }));\n  await tested.connect();\n  setInterval(() => {}, 1000);\n});\n',
    );
    const { exitCode, stdout } = runCommand(["test", directory.file("a.test.ts")]);
    expect({ exitCode, summary: stdout.split("\n").at(-2) }).toEqual({
      exitCode: 0,
      summary: "1 passed, 0 failed",
    });
  });

  test("shows what is wrong with a file that cannot be run", () => {
    using directory = workshop();
    writeFileSync(directory.file("a.test.ts"), "const x = ;\n");
    const { exitCode, stdout } = runCommand(["test", directory.file("a.test.ts")]);
    expect(exitCode).toBe(78);
    expect(stdout).toContain("a.test.ts:1:11: error: ");
    expect(stdout).toContain("    const x = ;\n              ^\n");
    writeFileSync(directory.file("a.test.ts"), "");
    expect(runCommand(["test", directory.file("a.test.ts")])).toMatchObject({ exitCode: 78 });
    expect(runCommand(["test"])).toMatchObject({ exitCode: 64 });
  });
});

describe("the README", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const codeAfter = (mark: string) => readme.split(mark)[1]?.split("\n```")[0] ?? "no such block";

  test("shows commands that lead to a service", () => {
    using directory = workshop();
    symlinkSync(PFMASTER.path, directory.file("pfmaster"));
    const commands = codeAfter("<!-- tried: new service -->\n```sh\n").split("\n");
    expect(commands.pop()).toBe("pfmaster dev hello.ts -t 127.0.0.1:10007"); // as in the test below
    const { exitCode, stdout } = runCommand(["-ec", commands.join("\n")], {
      program: "/bin/sh",
      cwd: directory.path,
      env: { PATH: `${directory.path}:/usr/bin:/bin` },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toEndWith("1 passed, 0 failed\n");
  });

  test("shows the first of the examples", () => {
    const [, ...lines] = readFileSync(join(EXAMPLES, "greeting.ts"), "utf8").trim().split("\n");
    expect(codeAfter("does with a client:\n\n```ts\n")).toBe(lines.join("\n"));
  });
});

describe("pfmaster dev", () => {
  test("serves a file, and again when it changes, whatever was wrong meanwhile", async () => {
    using directory = workshop();
    runCommand(["new", "hello"], { cwd: directory.path });
    const file = directory.file("hello.ts");
    const unix = directory.file("socket");
    const edit = (from: string, to: string) =>
      writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
    const answer = async () => {
      using client = await Conversation.open({ unix });
      return await client.ask("Ada", 5000).catch(() => "no answer"); // of a child that is stopped just then
    };
    await using dev = startDev([file, "-t", unix]);
    await dev.shows("listens on");
    expect(await answer()).toBe("Hello, Ada!");
    edit('"Hello"', '"Servus"');
    await dev.shows("a file has changed, starting again");
    await waitFor("the new greeting", async () => (await answer()) === "Servus, Ada!");
    edit("default:", "defalt:");
    await dev.shows('Unknown property "defalt"');
    await dev.shows("it is started again when its file changes");
    edit("defalt:", "default:");
    expect(await answer()).toBe("Servus, Ada!"); // waits in the backlog meanwhile
    expect(await dev.interrupted()).toBe(0);
  }, 60_000);

  test("refuses what it cannot serve", () => {
    using directory = workshop();
    writeFileSync(directory.file("a.ts"), "");
    writeFileSync(directory.file("echo.ts"), "");
    mkdirSync(directory.file("busy"));
    symlinkSync("a.ts", directory.file("link"));
    const run = (...words: string[]) => runCommand(["dev", ...words], { cwd: directory.path });
    expect(run()).toMatchObject({ exitCode: 64 });
    expect(run("a")).toMatchObject({ exitCode: 64 });
    expect(run("echo.ts").stderr).toContain("built-in service");
    expect(run("none.ts")).toMatchObject({ exitCode: 66 });
    expect(run("a.ts", "-t", "nonsense")).toMatchObject({ exitCode: 64 });
    expect(run("a.ts", "-t", "./busy")).toMatchObject({ exitCode: 71 });
  });
});

function startDev(words: readonly string[]) {
  const state = { output: "" };
  const dev = Bun.spawn([PFMASTER.path, "dev", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: "" },
  });
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) state.output += Buffer.from(bytes).toString();
  };
  const collected = Promise.all([collect(dev.stdout), collect(dev.stderr)]);
  return {
    shows: (text: string) =>
      waitFor(
        () => `"${text}" in ${state.output}`,
        () => state.output.includes(text),
      ),
    async interrupted() {
      dev.kill("SIGINT");
      await collected;
      return dev.exited;
    },
    async [Symbol.asyncDispose]() {
      dev.kill("SIGTERM");
      await dev.exited;
    },
  };
}
