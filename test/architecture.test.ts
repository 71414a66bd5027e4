/** The tree is the architecture: who may import whom, and what the pure folders may touch. */
import { describe, expect, test } from "bun:test";
import { join, relative } from "node:path";

const SOURCE = join(import.meta.dir, "../src");

/** Imports point downwards only. Within a folder everything may import everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli", "master", "services", "server", "config", "protocol", "os", "log"],
  cli: ["server", "config", "protocol", "os", "log", "services"],
  master: ["policy", "config", "protocol", "os", "log"],
  services: ["server", "config", "protocol", "os", "log"],
  server: ["config", "protocol", "os", "log"],
  policy: ["config"],
  config: [],
  protocol: [],
  os: [],
  log: [],
};

/** A package and the folders that may import it. Whatever is not here, nobody may. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  citty: ["cli"],
  consola: ["log"],
  "consola/core": ["log"],
  "bun:ffi": ["os"],
};

const PURE_FOLDERS = ["policy", "config", "protocol"];
const IMPURE =
  /\b(?:Bun|process|console|setTimeout|setInterval|setImmediate|async|await|Promise)\b/;
const MOST_LINES = 300;

type Import = Readonly<{ file: string; folder: string; to: string }>;

const files = await readSources();

describe("the tree of sources", () => {
  test("has only the folders of the import table", () => {
    const folders = new Set(files.map(({ folder }) => folder));
    expect([...folders].filter((folder) => !Object.hasOwn(MAY_IMPORT, folder))).toEqual([]);
    expect(folders.size).toBeGreaterThan(5);
  });

  test("imports downwards only", () => {
    const wrong = imports()
      .filter(({ to }) => to.startsWith("."))
      .map((one) => ({
        ...one,
        target: folderOf(relative(SOURCE, join(SOURCE, one.file, "..", one.to))),
      }))
      .filter(({ folder, target }) => folder !== target && !MAY_IMPORT[folder]?.includes(target));
    expect(wrong).toEqual([]);
  });

  test("keeps each package in its folder", () => {
    const wrong = imports().filter(
      ({ folder, to }) =>
        !to.startsWith(".") && !to.startsWith("node:") && !PACKAGES[to]?.includes(folder),
    );
    expect(wrong).toEqual([]);
  });

  test("decides without a clock, a runtime or an await in the pure folders", () => {
    const wrong = files
      .filter(({ folder }) => PURE_FOLDERS.includes(folder))
      .flatMap(({ file, code }) =>
        code
          .split("\n")
          .flatMap((line) => (IMPURE.test(withoutText(line)) ? [`${file}: ${line.trim()}`] : [])),
      );
    expect(wrong).toEqual([]);
    const outside = imports().filter(
      ({ folder, to }) => PURE_FOLDERS.includes(folder) && !to.startsWith("."),
    );
    expect(outside).toEqual([]);
  });

  test("has no file that is too long to be about one thing", () => {
    const long = files
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ file, lines }) => `${file}: ${lines}`);
    expect(long).toEqual([]);
  });

  test("says at the top of each file what it is for", () => {
    const silent = files.filter(({ text }) => !text.startsWith("/**")).map(({ file }) => file);
    expect(silent).toEqual([]);
  });

  test("keeps no variable in a module", () => {
    const wrong = files.flatMap(({ file, text }) =>
      /^(?:export )?(?:let|var) /m.test(text) ? [file] : [],
    );
    expect(wrong).toEqual([]);
  });
});

type Source = Readonly<{ file: string; folder: string; text: string; code: string; lines: number }>;

async function readSources(): Promise<readonly Source[]> {
  const paths = await Array.fromAsync(new Bun.Glob("**/*.ts").scan(SOURCE));
  return Promise.all(
    paths.sort().map(async (file) => {
      const text = await Bun.file(join(SOURCE, file)).text();
      return {
        file,
        folder: folderOf(file),
        text,
        code: withoutComments(text),
        lines: text.split("\n").length - 1,
      };
    }),
  );
}

/** `import type` counts as well: a type is knowledge, too. */
function imports(): Import[] {
  return files.flatMap(({ file, folder, code }) => {
    const statements = [
      ...code.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"/gm),
    ];
    const dynamic = [...code.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)];
    return [...statements, ...dynamic].map((match) => ({
      file,
      folder,
      to: match[1] ?? match[2] ?? "",
    }));
  });
}

function folderOf(path: string): string {
  return path.split("/")[0] ?? path;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

function withoutText(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'/g, "");
}
