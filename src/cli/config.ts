/** `pfmaster config`: what main.cf and master.cf say, in the form of postconf(1). Changes nothing. */
import { defineCommand } from "citty";

import { parseMainCf } from "../config/main-cf.ts";
import { parameterLines } from "../config/parameter-lines.ts";
import { type Checked, describeProblem, hasErrors, type Problem } from "../config/problem.ts";
import { serviceColumns } from "../config/service-columns.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { readConfigurationFileNow } from "../os/configuration-file.ts";
import { currentHost } from "../os/host.ts";
import { SystemError } from "../os/system-error.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { printBytes, printError } from "./print.ts";
import { printable } from "./terminal-text.ts";

const DEFAULT_DIRECTORY = "/etc/postfix";

export const config = defineCommand({
  meta: { name: "config", description: "Print parameters, or services, as postconf(1) does" },
  args: {
    config: {
      type: "string",
      alias: "c",
      valueHint: "dir",
      description: "Configuration directory",
    },
    defaults: { type: "boolean", alias: "d", description: "Defaults, whatever main.cf says" },
    set: { type: "boolean", alias: "n", description: "Only what main.cf sets" },
    expand: { type: "boolean", alias: "x", description: "With references expanded" },
    values: { type: "boolean", alias: "h", description: "Only the values" },
    services: { type: "boolean", alias: "M", description: "The services of master.cf instead" },
    name: {
      type: "positional",
      required: false,
      description: "Parameters; all when there is none",
    },
  },
  run: ({ args }) => {
    const directory = encodeByteString(
      args.config ?? process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY,
    );
    if (args.services === true) return printServices(directory, args._);
    return printParameters(directory, {
      names: args._,
      defaults: args.defaults === true,
      onlySet: args.set === true,
      expanded: args.expand === true,
      onlyValues: args.values === true,
    });
  },
});

type Wanted = Parameters<typeof parameterLines>[2];

function printParameters(directory: string, wanted: Wanted): number {
  if (wanted.defaults && wanted.onlySet) {
    throw new CommandFailure(ExitCode.usage, "config: expected only one of -d and -n");
  }
  const host = currentHost({ processName: "pfmaster", argv0: process.argv0 });
  // Defaults are those of an empty file.
  const place = wanted.defaults ? DEFAULT_DIRECTORY : directory;
  const path = `${place}/main.cf`;
  const mainCf = parseMainCf(wanted.defaults ? "" : read(path), path);
  const lines = parameterLines(mainCf.value, host, wanted);
  if (wanted.defaults && shows(wanted.names, "daemon_directory")) {
    const { path: chosen, rule } = host.daemonDirectory;
    printError(`pfmaster: daemon_directory is ${chosen}: ${rule}\n`);
  }
  return report({ value: lines.value, problems: [...mainCf.problems, ...lines.problems] });
}

function printServices(directory: string, names: readonly string[]): number {
  if (names.length > 0) {
    throw new CommandFailure(ExitCode.usage, `config: unexpected name "${names[0]}" after -M`);
  }
  const path = `${directory}/master.cf`;
  return report(serviceColumns(read(path), path));
}

function report({ value, problems }: Checked<readonly string[]>): number {
  for (const problem of problems) printError(`${warning(problem)}\n`);
  printBytes(value.map((line) => `${line}\n`).join(""));
  return hasErrors(problems) ? ExitCode.configuration : ExitCode.ok;
}

function warning(problem: Problem): string {
  return printable(`pfmaster: ${describeProblem(problem)}`);
}

function shows(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

function read(file: string): string {
  const path = decodeByteString(file);
  try {
    return readConfigurationFileNow(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandFailure(ExitCode.noInput, `Cannot read "${path}": ${error.reason}`);
  }
}
