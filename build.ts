/** One executable out of src/. Every option of the build, with its reason, is in this file. */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { version } from "./package.json";

const TARGETS = ["linux-x64", "linux-arm64", "linux-x64-musl", "linux-arm64-musl"] as const;
type Target = (typeof TARGETS)[number];

const USAGE =
  "usage: bun build.ts [--target name] [--outfile path] [--quiet]\n" +
  `  --target   ${TARGETS.join(", ")}; without it: this machine, as dist/pfmaster\n` +
  "  --outfile  where to write, instead of dist/pfmaster or dist/pfmaster-<target>\n" +
  "  --quiet    print nothing but errors";

process.exitCode = await main(Bun.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const request = readCommandLine(words);
  if (typeof request === "string") {
    console.error(`build.ts: ${request}\n${USAGE}`);
    return 64;
  }
  const { target, quiet } = request;
  const name = target === undefined ? "pfmaster" : `pfmaster-${target}`;
  const outfile = resolve(request.outfile ?? join(import.meta.dir, "dist", name));
  const began = performance.now();
  try {
    await compile(outfile, target);
  } catch (error) {
    // Bun names a bundling mistake in an AggregateError, a failed download in a plain Error.
    console.error(error);
    return 1;
  }
  if (!quiet) {
    const megabytes = (Bun.file(outfile).size / 1e6).toFixed(0);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${outfile}: ${megabytes} MB in ${seconds} s`);
  }
  return 0;
}

async function compile(outfile: string, target: Target | undefined): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  // A running master may have the old file open: it is replaced, never written to. The file keeps
  // its name until then, because that name is built in.
  const scratch = await mkdtemp(join(dirname(outfile), ".build-"));
  try {
    const unfinished = join(scratch, basename(outfile));
    await bundle(unfinished, target);
    await rename(unfinished, outfile);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function bundle(outfile: string, target: Target | undefined): Promise<void> {
  await Bun.build({
    // A Worker starts from a file of its own, which nothing imports: it must be named here.
    entrypoints: [
      `${import.meta.dir}/src/main.ts`,
      `${import.meta.dir}/src/os/readiness-worker.ts`,
    ],
    // Decides the Worker's name inside the executable: ./os/readiness-worker.ts.
    root: `${import.meta.dir}/src`,
    target: "bun",
    // A top-level await in main.ts needs modules; bytecode exists for both formats.
    format: "esm",
    // Every child reads this text: less of it starts faster.
    minify: true,
    // Each role loads its own part only, and of the runtime's modules only what that part names.
    splitting: true,
    // Parse at build time: without it a child needs twice as long to its first accept (design D11).
    bytecode: true,
    define: { PFMASTER_VERSION: JSON.stringify(version) },
    throw: true,
    compile: {
      outfile,
      ...(target === undefined ? {} : { target: `bun-${target}` as const }),
      // The working directory of a daemon must never decide what root runs: with the runtime's
      // defaults a bunfig.toml there preloads code, and an .env file changes the environment.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
}

type Request = Readonly<{ target?: Target; outfile?: string; quiet: boolean }>;

/** Returns what is wrong as text. */
function readCommandLine(words: string[]): Request | string {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        target: { type: "string" },
        outfile: { type: "string" },
        quiet: { type: "boolean", default: false },
      },
    });
    const target = TARGETS.find((name) => name === values.target);
    if (values.target !== undefined && target === undefined) {
      return `unknown target "${values.target}": expected one of ${TARGETS.join(", ")}`;
    }
    return {
      quiet: values.quiet,
      ...(target === undefined ? {} : { target }),
      ...(values.outfile === undefined ? {} : { outfile: values.outfile }),
    };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
