/** What /proc says about processes. Knows nothing of mail. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type ProcessFacts = Readonly<{
  pid: number;
  parentPid: number;
  name: string;
  zombie: boolean;
}>;

export function allProcesses(): ProcessFacts[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const facts = processFacts(Number(name));
      return facts === null ? [] : [facts];
    });
}

export function childrenOf(parentPid: number): ProcessFacts[] {
  return allProcesses().filter((facts) => facts.parentPid === parentPid && !facts.zombie);
}

export function isAlive(pid: number): boolean {
  const facts = processFacts(pid);
  return facts !== null && !facts.zombie;
}

/** Processes whose environment holds exactly this `NAME=value`. */
export function processesWithVariable(variable: string): ProcessFacts[] {
  return allProcesses().filter(({ pid }) =>
    (readProc(pid, "environ") ?? "").split("\0").includes(variable),
  );
}

/** The running executable, even when its file was replaced since. */
export function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch (error) {
    return nullWhenHidden(error);
  }
}

function processFacts(pid: number): ProcessFacts | null {
  const stat = readProc(pid, "stat");
  if (stat === null) return null;
  const nameEnd = stat.lastIndexOf(")"); // a name may hold blanks and parentheses itself
  const [state, parentPid] = stat.slice(nameEnd + 2).split(" ");
  return {
    pid,
    parentPid: Number(parentPid),
    name: stat.slice(stat.indexOf("(") + 1, nameEnd),
    zombie: state === "Z",
  };
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch (error) {
    return nullWhenHidden(error);
  }
}

/** A process may end between two looks, or be one that not even root may look into: both are answers. */
function nullWhenHidden(error: unknown): null {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(code)) return null;
  throw error;
}
