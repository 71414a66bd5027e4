/** Whether the commands of the services can be started at all. The facts about files are given. */
import { nearMiss } from "./near-miss.ts";
import { type Problem, warningAt } from "./problem.ts";
import type { ServiceEntry } from "./service-entry.ts";

export type ProgramFacts = Readonly<{
  stateOf(path: string): "ok" | "missing" | "not-executable" | "directory";
  /** What is in daemon_directory. */
  names: readonly string[];
}>;

/** A warning only: the original finds out when the first client comes (SVC-30). */
export function checkCommands(
  entries: readonly ServiceEntry[],
  { stateOf, names }: ProgramFacts,
): Problem[] {
  return entries.flatMap(({ command, path, commandAt }) => {
    const state = stateOf(path);
    const isOurselves = command.slice(command.lastIndexOf("/") + 1) === "pfmaster";
    if (state === "ok" || isOurselves) return [];
    const found = {
      missing: "there is no such file",
      "not-executable": "it is not executable",
      directory: "it is a directory",
    }[state];
    const suggestion = state === "missing" ? nearMiss(command, names) : null;
    return [
      warningAt(
        commandAt,
        `Cannot start "${path}": ${found}, expected a program`,
        suggestion ?? undefined,
      ),
    ];
  });
}
