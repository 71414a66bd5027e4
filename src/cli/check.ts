/** `pfmaster check`: everything that is wrong with a configuration, for a person or a program. */
import { defineCommand } from "citty";

import type { Problem, Severity } from "../config/problem.ts";
import { ExitCode } from "./exit.ts";
import { inspectConfiguration, type Inspection } from "./inspect-configuration.ts";
import { print } from "./print.ts";
import { problemText } from "./problem-text.ts";
import { printable } from "./terminal-text.ts";

const DEFAULT_DIRECTORY = "/etc/postfix";

export const check = defineCommand({
  meta: {
    name: "check",
    description:
      "Read both configuration files as a start would and report every error: exit 0 none, 78 errors, 66 a file cannot be read",
  },
  args: {
    config: {
      type: "string",
      alias: "c",
      valueHint: "dir",
      description: "Configuration directory",
    },
    json: { type: "boolean", description: "Print one JSON document" },
  },
  async run({ args }) {
    const directory = args.config ?? process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY;
    const { output, exitCode } = await runCheck(directory, { json: args.json === true });
    print(output);
    return exitCode;
  },
});

export async function runCheck(
  directory: string,
  { json }: { json: boolean },
): Promise<{ output: string; exitCode: number }> {
  const inspection = await inspectConfiguration(directory);
  return {
    output: json ? asJson(inspection) : asText(inspection),
    exitCode: exitCodeOf(inspection),
  };
}

function exitCodeOf({ problems, unreadable }: Inspection): number {
  if (unreadable) return ExitCode.noInput;
  return count(problems, "error") > 0 ? ExitCode.configuration : ExitCode.ok;
}

function asText(inspection: Inspection): string {
  const sources = new Map([...inspection.sources].map(([file, text]) => [file, text.split("\n")]));
  const reports = inspection.problems.map((problem) => problemText(problem, sources));
  return `${reports.join("")}${summary(inspection)}\n`;
}

function summary({ problems, serviceCount }: Inspection): string {
  const errors = count(problems, "error");
  const warnings = count(problems, "warning");
  const found = [
    ...(errors > 0 ? [plural(errors, "error")] : [plural(serviceCount, "service")]),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
    ...(errors + warnings === 0 ? ["no problems"] : []),
  ];
  return found.join(", ");
}

function asJson({ problems, serviceCount }: Inspection): string {
  const document = {
    errors: count(problems, "error"),
    warnings: count(problems, "warning"),
    services: serviceCount,
    problems: problems.map(({ severity, at, message, suggestion }) => ({
      severity,
      file: at === null ? null : printable(at.file),
      line: at?.line ?? null,
      column: at?.column ?? null,
      message: printable(message),
      suggestion: suggestion === undefined ? null : printable(suggestion),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function count(problems: readonly Problem[], severity: Severity): number {
  return problems.filter((problem) => problem.severity === severity).length;
}

function plural(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
