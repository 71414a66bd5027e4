import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { version } from "../package.json";
import { cannotRun } from "./e2e/prerequisites.ts";
import { temporaryDirectory } from "./os/temporary-directory.ts";
import { readElfHeader } from "./support/elf-header.ts";
import { type Ended, runCommand } from "./support/run-command.ts";

const BUILD = join(import.meta.dir, "../build.ts");
/** The first build for a foreign target loads 40 MB from the registry. */
const BUILD_MILLISECONDS = 180_000;
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const MUSL_LOADER = "/lib/ld-musl-x86_64.so.1";
const DEBIAN_LIBRARIES = "/usr/lib/x86_64-linux-gnu";

const work = temporaryDirectory();
afterAll(() => work[Symbol.dispose]());

const targets = [
  { target: "linux-x64", machine: "x86-64", interpreter: "/lib64/ld-linux-x86-64.so.2" },
  { target: "linux-x64-musl", machine: "x86-64", interpreter: MUSL_LOADER },
  { target: "linux-arm64", machine: "aarch64", interpreter: "/lib/ld-linux-aarch64.so.1" },
  { target: "linux-arm64-musl", machine: "aarch64", interpreter: "/lib/ld-musl-aarch64.so.1" },
] as const;
type Target = (typeof targets)[number]["target"];

/** A configuration whose pid file nobody holds: to answer, `status` must call into libc. */
beforeAll(() => {
  mkdirSync(work.file("queue/pid"), { recursive: true });
  writeFileSync(work.file("main.cf"), `queue_directory = ${work.file("queue")}\n`);
  writeFileSync(work.file("queue/pid/master.pid"), "4242\n");
});
const answersStale = (run: (words: readonly string[]) => Ended): void => {
  expect(run(["--version"])).toEqual({ exitCode: 0, stdout: `pfmaster ${version}\n`, stderr: "" });
  expect(run(["status", "-c", work.path])).toMatchObject({
    exitCode: 1,
    stdout: "not running: the pid file of 4242 is stale\n",
  });
};

describe.each(targets)("the binary for $target", ({ target, machine, interpreter }) => {
  const path = work.file(`pfmaster-${target}`);

  test(
    "is an executable for that machine and that libc",
    async () => {
      if (!build(target, path)) return;
      expect(await readElfHeader(path)).toEqual({ machine, interpreter });
    },
    BUILD_MILLISECONDS,
  );

  const missing = missingToRun(target);
  if (missing === null) return; // Debian has nothing that could run it: the header must do
  test.skipIf(cannotRun(`the binary for ${target}`, missing))(
    "runs and calls into its libc",
    () => {
      if (!existsSync(path) && !build(target, path)) return;
      answersStale((words) => runCommand(words, { program: path, ...surroundings(target) }));
    },
    BUILD_MILLISECONDS,
  );
});

describe("the binary for this machine", () => {
  test("runs nothing that the working directory offers (design D11)", () => {
    const directory = work.file("trap");
    mkdirSync(directory, { recursive: true });
    const trap = join(directory, "trap.ts");
    writeFileSync(
      trap,
      `require("node:fs").writeFileSync(${JSON.stringify(join(directory, "sprung"))}, "");`,
    );
    writeFileSync(join(directory, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`);
    writeFileSync(join(directory, ".env"), `MAIL_CONFIG=${work.path}\n`);
    writeFileSync(
      join(directory, "package.json"),
      `{"imports": {"#x": "./trap.ts"}, "type": "commonjs"}`,
    );
    writeFileSync(join(directory, "tsconfig.json"), `{"compilerOptions": {"baseUrl": "."}}`);

    const configured = runCommand(["status", "-q"], { cwd: directory });
    const elsewhere = runCommand(["status", "-q"], { cwd: "/" });
    expect(existsSync(join(directory, "sprung"))).toBe(false);
    expect(configured.exitCode).toBe(elsewhere.exitCode); // .env did not name a directory
    expect(configured.exitCode).not.toBe(1);
  });

  test("is refused for a target or a word that nobody knows", () => {
    for (const words of [["--target", "linux-mips"], ["word"], ["--fast"]]) {
      const { exitCode, stderr } = runCommand(["run", BUILD, ...words], {
        program: process.execPath,
      });
      expect(exitCode).toBe(64);
      expect(stderr).toContain("usage: bun build.ts");
    }
  });
});

/** False, and loud, when the runtime for the target cannot be had here. In CI that is a failure. */
function build(target: Target, path: string): boolean {
  const words = ["run", BUILD, "--quiet", "--target", target, "--outfile", path];
  const home = process.env["HOME"];
  const { exitCode, stderr } = runCommand(words, {
    program: process.execPath,
    env: home === undefined ? {} : { HOME: home }, // where the runtimes of earlier builds are kept
  });
  if (exitCode === 0) return true;
  if (process.env["CI"] !== undefined) throw new Error(`build for ${target}: ${stderr}`);
  console.error(`NOT RUN: build for ${target}, which needs the registry once: ${stderr.trim()}`);
  return false;
}

/** What this machine lacks to run a binary for the target; null when Debian has nothing for it. */
function missingToRun(target: Target): readonly string[] | null {
  const unless = (there: boolean, what: string) => (there ? [] : [what]);
  switch (target) {
    case "linux-x64":
      return unless(process.arch === "x64", "an x86-64 machine");
    case "linux-x64-musl":
      return [
        ...unless(existsSync(MUSL_LOADER), `${MUSL_LOADER} (Debian package musl)`),
        ...unless(Bun.which("gcc") !== null, "gcc"),
      ];
    case "linux-arm64":
      return [
        ...unless(
          Bun.which("qemu-aarch64-static") !== null,
          "qemu-aarch64-static (qemu-user-static)",
        ),
        ...unless(existsSync(ARM64_LIBRARIES), `${ARM64_LIBRARIES} (libc6-arm64-cross)`),
      ];
    case "linux-arm64-musl":
      return null;
  }
}

function surroundings(target: Target): {
  prefix?: readonly string[];
  env?: Record<string, string>;
} {
  if (target === "linux-arm64") return { prefix: ["qemu-aarch64-static", "-L", ARM64_LIBRARIES] };
  if (target === "linux-x64-musl") return { env: { LD_LIBRARY_PATH: muslLibraries() } };
  return {};
}

/** Debian's C++ library, with the few things that it misses under musl in place of glibc's loader. */
function muslLibraries(): string {
  const directory = work.file("musl");
  if (existsSync(directory)) return directory;
  mkdirSync(directory);
  for (const name of ["libstdc++.so.6", "libgcc_s.so.1"]) {
    symlinkSync(join(DEBIAN_LIBRARIES, name), join(directory, name));
  }
  const soname = "ld-linux-x86-64.so.2";
  const source = join(import.meta.dir, "support/musl-shim.c");
  const words = ["-shared", "-fPIC", "-nostdlib", "-O1", `-Wl,-soname,${soname}`];
  const { exitCode, stderr } = runCommand([...words, "-o", join(directory, soname), source], {
    program: "gcc",
  });
  if (exitCode !== 0) throw new Error(stderr);
  return directory;
}
