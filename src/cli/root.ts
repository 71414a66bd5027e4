/** The commands for people: finds the one that is meant, refuses what nobody knows, sets the exit code. */

import { defineCommand, renderUsage, runCommand, type SubCommandsDef } from "citty";

import { isTerminal } from "../os/terminal.ts";
import { version } from "../protocol/version.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { helpText } from "./help.ts";
import { print, printError } from "./print.ts";
import { findOptionFault } from "./strict-options.ts";
import { type Verb, VERBS } from "./verbs.ts";

/** Whatever its options are. */
type Subcommand = Exclude<SubCommandsDef[string], Promise<unknown> | (() => unknown)>;

/** Only subcommands, each loaded when it is called: citty would run a `run` here after every one. */
const subCommands: Record<Verb, () => Promise<Subcommand>> = {
  check: async () => (await import("./check.ts")).check,
  config: async () => (await import("./config.ts")).config,
  status: async () => (await import("./status.ts")).status,
  demo: async () => (await import("./demo.ts")).demo,
  new: async () => (await import("./new.ts")).newService,
  test: async () => (await import("./test.ts")).test,
  dev: async () => (await import("./dev.ts")).dev,
};

const root = defineCommand({ meta: { name: "pfmaster", version }, subCommands });

/** `words` is the command line without the program's name. */
export async function runCli(words: readonly string[]): Promise<void> {
  try {
    process.exitCode = await run(words);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    process.exitCode = error.exitCode; // first: standard error may be as full as the output was
    tellFailure(error);
  }
}

function tellFailure({ message }: CommandFailure): void {
  try {
    printError(`pfmaster: ${message}\n`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
  }
}

async function run([first, ...rest]: readonly string[]): Promise<number> {
  const verb = VERBS.find((known) => known === first);
  if (verb !== undefined) return runVerb(verb, rest);
  if (rest.length > 0) {
    throw new CommandFailure(ExitCode.usage, `unexpected word "${rest[0]}" after "${first}"`);
  }
  switch (first) {
    case "--version":
      print(`pfmaster ${version}\n`);
      return ExitCode.ok;
    case "--help":
      print(helpText);
      return ExitCode.ok;
    default:
      throw new Error(`not a command: ${first ?? "(nothing)"}`); // main.ts asks isVerb first
  }
}

async function runVerb(verb: Verb, words: readonly string[]): Promise<number> {
  const command = await subCommands[verb]();
  if (words.includes("--help")) {
    print(plainUnlessTerminal(`${await renderUsage(command, root)}\n`));
    return ExitCode.ok;
  }
  const definitions = typeof command.args === "object" ? await command.args : {};
  const fault = findOptionFault(definitions, words);
  if (fault !== null) {
    throw new CommandFailure(
      ExitCode.usage,
      `${verb}: ${fault}\nTry "pfmaster ${verb} --help" for what it accepts.`,
    );
  }
  const { result } = await runCommand(command, { rawArgs: [...words] });
  if (typeof result !== "number") throw new Error(`the command ${verb} told no exit code`);
  return result;
}

/** citty looks at the environment to decide on colours, never at where the text goes. */
function plainUnlessTerminal(text: string): string {
  return isTerminal(1) ? text : Bun.stripANSI(text);
}
