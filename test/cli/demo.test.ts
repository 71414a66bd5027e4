import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import { temporaryDirectory } from "../os/temporary-directory.ts";
import { Conversation } from "../server/conversation.ts";
import { PFMASTER } from "../support/masters.ts";
import { runCommand } from "../support/run-command.ts";
import { waitFor } from "../support/wait-for.ts";

const LIMIT_MILLISECONDS = 30_000;
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const isRoot = process.getuid?.() === 0;

type Demo = AsyncDisposable & {
  folder: string;
  output(): string;
  stop(signal: NodeJS.Signals): Promise<number>;
};

function startDemo(folder: string, prefix: readonly string[] = []): Demo {
  let output = "";
  const demo = Bun.spawn([...prefix, PFMASTER.path, "demo", folder], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const reading = (async () => {
    for await (const chunk of demo.stdout) output += new TextDecoder().decode(chunk);
  })();
  return {
    folder,
    output: () => output,
    async stop(signal) {
      demo.kill(signal);
      const exitCode = await demo.exited;
      await reading; // ends when the last process that could write has ended
      return exitCode;
    },
    async [Symbol.asyncDispose]() {
      demo.kill("SIGTERM");
      await demo.exited;
    },
  };
}

async function talk(demo: Demo): Promise<void> {
  await waitFor("instructions", () => demo.output().includes("Ctrl-C"), LIMIT_MILLISECONDS);
  const port = Number(
    /^127\.0\.0\.1:(\d+)/m.exec(readFileSync(`${demo.folder}/master.cf`, "utf8"))?.[1],
  );
  expect(demo.output()).toContain(`${port}`);
  for (const address of [
    { hostname: "127.0.0.1", port },
    { unix: `${demo.folder}/queue/public/echo` },
  ]) {
    using client = await Conversation.open(address);
    client.send("hello\n");
    await client.receives("hello\n");
  }
}

/** Everything that runs with this folder on its command line or as its working directory. */
function processesOf(folder: string): string[] {
  const listing = Bun.spawnSync(["ps", "-ww", "-eo", "args="]).stdout.toString();
  return listing.split("\n").filter((line) => line.includes(folder));
}

test.each<[string, NodeJS.Signals, readonly string[]]>([
  ["Ctrl-C", "SIGINT", []],
  ["a TERM signal", "SIGTERM", []],
  ...(isRoot
    ? [["Ctrl-C, as an ordinary user", "SIGINT", NOBODY] as [string, NodeJS.Signals, string[]]]
    : []),
])(
  "the demo answers on both listeners, shows the log, and %s stops all of it",
  async (_name, signal, prefix) => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o777);
    await using demo = startDemo(directory.file("demo"), prefix);
    await talk(demo);
    expect(demo.output()).toMatch(/master\[\d+\]: daemon started/);
    const status = runCommand(["status", "-c", demo.folder]);
    expect(status).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("running, pid") });

    expect(await demo.stop(signal)).toBe(0);
    expect(processesOf(demo.folder)).toEqual([]);
    expect(runCommand(["status", "-c", demo.folder]).exitCode).toBe(1);
  },
  LIMIT_MILLISECONDS,
);

test(
  "a second start uses the configuration that is there",
  async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o755);
    const folder = directory.file("demo");
    await using first = startDemo(folder);
    await talk(first);
    const written = readFileSync(`${folder}/master.cf`, "utf8");
    const second = runCommand(["demo", folder]);
    expect(second).toMatchObject({ exitCode: 71, stderr: expect.stringContaining("runs in") });
    await first.stop("SIGINT");

    writeFileSync(
      `${folder}/main.cf`,
      `${readFileSync(`${folder}/main.cf`, "utf8")}max_idle = 5s\n`,
    );
    await using third = startDemo(folder);
    await talk(third);
    expect(readFileSync(`${folder}/master.cf`, "utf8")).toBe(written);
    expect(readFileSync(`${folder}/main.cf`, "utf8")).toEndWith("max_idle = 5s\n");
  },
  LIMIT_MILLISECONDS,
);

test("refuses a folder that others may write to, and writes nothing there", () => {
  using directory = temporaryDirectory();
  const folder = directory.file("open");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  expect(runCommand(["demo", folder])).toMatchObject({
    exitCode: 71,
    stderr: expect.stringContaining("nobody else may write to"),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(!isRoot)("refuses a folder that mail_owner cannot reach", () => {
  using directory = temporaryDirectory(); // closed to everybody else
  expect(runCommand(["demo", directory.file("demo")])).toMatchObject({
    exitCode: 71,
    stderr: expect.stringContaining("cannot reach"),
  });
});

test("refuses a folder name that would mean something else in main.cf", () => {
  expect(runCommand(["demo", "/tmp/$name"])).toMatchObject({ exitCode: 64 });
});
