/** What the kernel says about a process. Reads /proc, changes nothing. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type Descriptor = Readonly<{ fd: number; target: string; flags: number }>;

export type ProcessFacts = Readonly<{
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  descriptors: readonly Descriptor[];
  workingDirectory: string;
  parent: number;
  processGroup: number;
  session: number;
  umask: number;
  /** Real, effective, saved and file system ids. */
  uids: readonly number[];
  gids: readonly number[];
  groups: readonly number[];
  ignoredSignals: readonly number[];
  blockedSignals: readonly number[];
  limits: string;
}>;

/** Null when there is no such process, or only its corpse. */
export function processFacts(pid: number): ProcessFacts | null {
  if (!isAlive(pid)) return null;
  try {
    const status = new Map(
      readFileSync(`/proc/${pid}/status`, "utf8")
        .split("\n")
        .map((line) => [line.split(":")[0] ?? "", line.split(":")[1]?.trim() ?? ""] as const),
    );
    const stat = readStat(pid);
    const numbers = (name: string, base = 10) =>
      (status.get(name) ?? "")
        .split(/\s+/)
        .filter((word) => word !== "")
        .map((word) => Number.parseInt(word, base));
    return {
      arguments: nulSeparated(`/proc/${pid}/cmdline`),
      environment: Object.fromEntries(
        nulSeparated(`/proc/${pid}/environ`).map((pair) => {
          const equals = pair.indexOf("=");
          return [pair.slice(0, equals), pair.slice(equals + 1)];
        }),
      ),
      descriptors: descriptorsOf(pid),
      workingDirectory: readlinkSync(`/proc/${pid}/cwd`),
      parent: stat.parent,
      processGroup: stat.processGroup,
      session: stat.session,
      umask: numbers("Umask", 8)[0] ?? -1,
      uids: numbers("Uid"),
      gids: numbers("Gid"),
      groups: numbers("Groups"),
      ignoredSignals: signalNumbers(status.get("SigIgn") ?? "0"),
      blockedSignals: signalNumbers(status.get("SigBlk") ?? "0"),
      limits: readFileSync(`/proc/${pid}/limits`, "utf8"),
    };
  } catch (error) {
    if (isAlive(pid)) throw error;
    return null; // it died while we looked
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !["Z", "X"].includes(readStat(pid).state);
  } catch {
    return false;
  }
}

export function descriptorsOf(pid: number): Descriptor[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .sort((left, right) => left - right)
    .flatMap((fd) => {
      try {
        const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
        const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? "0", 8);
        return [{ fd, target: readlinkSync(`/proc/${pid}/fd/${fd}`), flags }];
      } catch {
        return []; // closed while we looked
      }
    });
}

export function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes whose environment or command line mentions the text. */
export function processesMentioning(text: string): number[] {
  return allPids().filter((pid) => {
    if (pid === process.pid || !isAlive(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(text) ||
        readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text)
      );
    } catch {
      return false;
    }
  });
}

export function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => {
    try {
      const stat = readStat(pid);
      return stat.parent === parent && stat.state !== "Z";
    } catch {
      return false;
    }
  });
}

type Stat = { state: string; parent: number; processGroup: number; session: number };

function readStat(pid: number): Stat {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name stands in parentheses and may contain anything.
  const words = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (index: number) => Number(words[index]);
  return { state: words[0] ?? "", parent: number(1), processGroup: number(2), session: number(3) };
}

function nulSeparated(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

function signalNumbers(mask: string): number[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => ((bits >> BigInt(signal - 1)) & 1n) === 1n,
  );
}
