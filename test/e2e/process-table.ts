/** The processes of one instance, by name. Knows nothing of mail. */

import { readFileSync } from "node:fs";

import { allPids, childrenOf, isAlive } from "../support/process-facts.ts";

export type NamedProcess = Readonly<{ pid: number; name: string }>;

export function namedChildrenOf(parentPid: number): NamedProcess[] {
  return childrenOf(parentPid).flatMap(named);
}

/** Processes whose environment holds exactly this `NAME=value`. */
export function processesWithVariable(variable: string): NamedProcess[] {
  return allPids()
    .filter((pid) => isAlive(pid) && readProc(pid, "environ").split("\0").includes(variable))
    .flatMap(named);
}

function named(pid: number): NamedProcess[] {
  const name = readProc(pid, "comm").trimEnd();
  return name === "" ? [] : [{ pid, name }];
}

/** Empty for a process that has ended meanwhile, or that not even root may look into. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(code)) return "";
    throw error;
  }
}
