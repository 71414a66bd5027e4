/** The list of differences is the whole truth: each entry is shown by a test. */
import { expect, test } from "bun:test";

import { differences } from "./differences.ts";

const sources = await Promise.all(
  [...new Bun.Glob("*.test.ts").scanSync(import.meta.dir)].map((name) =>
    Bun.file(`${import.meta.dir}/${name}`).text(),
  ),
);

for (const name of Object.keys(differences)) {
  test(`the difference "${name}" has its test`, () => {
    expect(sources.some((source) => source.includes(`"${name}"`))).toBe(true);
  });
}
