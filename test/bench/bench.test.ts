/** The benchmarks still run: at a size at which their figures mean nothing. */

import { expect, test } from "bun:test";
import { join } from "node:path";

import { cannotRun, missingForPfmaster, missingForPostfix } from "../e2e/prerequisites.ts";
import { formatRow, interleaved, median } from "./report.ts";

const missing = [...missingForPostfix(), ...missingForPfmaster()];

test.skipIf(cannotRun("benchmarks at reduced size", missing))(
  "every benchmark prints its rows for both masters",
  async () => {
    const bench = Bun.spawn([process.execPath, join(import.meta.dir, "run.ts"), "--smoke"], {
      stdout: "pipe",
      stderr: "pipe",
      timeout: 110_000,
    });
    const [output, errors, status] = await Promise.all([
      bench.stdout.text(),
      bench.stderr.text(),
      bench.exited,
    ]);
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    const rows = output.trimEnd().split("\n");
    expect(rows).toHaveLength(41);
    for (const row of rows)
      expect(row).toMatch(/ {2}postfix=[\d.]+ .* {2}pfmaster=[\d.]+ .* {2}ratio=/);
  },
  120_000,
);

test("rounds alternate which master goes first", async () => {
  const order: string[] = [];
  await interleaved(3, async (side) => order.push(side));
  expect(order).toEqual(["postfix", "pfmaster", "pfmaster", "postfix", "postfix", "pfmaster"]);
});

test("a row has both medians, their ratio and its range over the rounds", () => {
  const figures = { postfix: [2, 4, 3], pfmaster: [3, 3, 9] };
  expect(formatRow({ name: "row", unit: "ms", better: "lower", figures })).toBe(
    `${"row".padEnd(46)}  postfix=3.00 ms  pfmaster=3.00 ms  ratio=1.00×  ` +
      "(median of 3 rounds, 0.75×–3.00×; lower is better)",
  );
});

test("the median of an even number of figures lies between the middle two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
