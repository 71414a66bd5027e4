/** `pfmaster test`: runs the tests of a service, with nothing but this binary. */
import { resolve } from "node:path";

import { defineCommand } from "citty";

import { encodeByteString } from "../os/byte-string.ts";
import { placeInStack } from "../server/define-service.ts";
import { ServiceLoader } from "../server/load-service.ts";
import { publicExports } from "../server/public-exports.ts";
import { type TestResult, TestRun } from "../server/test-run.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { print } from "./print.ts";
import { problemsText } from "./problem-text.ts";
import { printable } from "./terminal-text.ts";

/** The runtime's own test command would need a host where "pfmaster" can be resolved (README). */
const LONGEST_TEST_SECONDS = 60;

export const test = defineCommand({
  meta: {
    name: "test",
    description: "Run the tests of a service: exit 0 all pass, 1 some do not, 78 not a test file",
  },
  args: {
    file: { type: "positional", required: false, description: "As written by pfmaster new" },
  },
  run: ({ args }) => runTests(args.file),
});

async function runTests(file: string | undefined): Promise<number> {
  if (file === undefined) throw new CommandFailure(ExitCode.usage, "test: expected a test file");
  const path = resolve(file);
  const run = new TestRun({ limitSeconds: LONGEST_TEST_SECONDS });
  const exports = { ...publicExports, test: run.register };
  const loader = new ServiceLoader({ uid: process.getuid?.() ?? 0 }, exports);
  const { value, problems } = await loader.importFile(path);
  if (value === null) {
    print(problemsText(problems, loader.sources));
    return ExitCode.configuration;
  }
  let [passed, failed] = [0, 0];
  for await (const result of run.run()) {
    print(resultText(result));
    if (result.error === null) passed++;
    else failed++;
  }
  if (passed + failed === 0) {
    throw new CommandFailure(
      ExitCode.configuration,
      `test: no tests in "${path}": expected calls of test() from "pfmaster"`,
    );
  }
  print(`${passed} passed, ${failed} failed\n`);
  // What a test has left open must not keep the command waiting.
  process.exit(failed === 0 ? ExitCode.ok : ExitCode.failed);
}

function resultText({ name, error, seconds }: TestResult): string {
  const shown = printable(encodeByteString(name));
  if (error === null) return `ok      ${shown} (${(seconds * 1000).toFixed(0)} ms)\n`;
  const place = error instanceof Error ? placeInStack(error.stack ?? "") : null;
  const where = place === null ? "" : `${place.file}:${place.line}:${place.column}: `;
  const text = error instanceof Error ? error.message : String(error);
  return `FAILED  ${shown}\n        ${printable(encodeByteString(where + text))}\n`;
}
