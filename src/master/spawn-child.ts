/** Starting one child: descriptors, argument vector and environment as every daemon expects them. */
import { childArguments } from "../config/child-arguments.ts";
import type { ServicePlan } from "../config/service-entry.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { SystemError } from "../os/system-error.ts";
import {
  FEATURES_VARIABLE,
  formatGeneration,
  GENERATION_VARIABLE,
  RETIRE_FEATURE,
} from "../protocol/descriptors.ts";

/** The signal is a name, or a number where it has none. */
export type RawEnding =
  Readonly<{ exitStatus: number }> | Readonly<{ signal: NodeJS.Signals | number }>;

/** What is the same for every child of this master. */
export type ChildSurroundings = Readonly<{
  /** This very binary: what the command `pfmaster` runs. */
  ownPath: string;
  environment: () => Readonly<Record<string, string>>;
  flowPipe: readonly [number, number];
  /** -d and -v are handed on to the children (SVC-41). */
  debug: boolean;
  verbose: boolean;
}>;

/** Byte strings, like everything that comes from the configuration. */
export type CommandLine = Readonly<{ path: string; argv: readonly [string, ...string[]] }>;

export type SpawnOrder = Readonly<{
  command: CommandLine;
  generation: number;
  /** 2 is the master's own. */
  stderrFd: number;
  statusFd: number;
  listenerFds: readonly number[];
  onExit: (ending: RawEnding) => void;
}>;

export function commandLine(
  { ownPath, debug, verbose }: ChildSurroundings,
  { entry, localOnly }: ServicePlan,
  { listenerCount, stress }: { listenerCount: number; stress: boolean },
): CommandLine {
  // The number of descriptors that are really passed, whatever names resolve to now (SVC-63).
  const words = childArguments(entry, { listenerCount, localOnly, debug, verbose, stress });
  return {
    path: isOwnCommand(entry.command) ? encodeByteString(ownPath) : absolute(entry.path),
    argv: [entry.command, ...words.slice(1)],
  };
}

/** A missing file is known at once: then nothing was started, for the reason that is returned. */
export function spawnChild(
  surroundings: ChildSurroundings,
  order: SpawnOrder,
): Readonly<{ pid: number }> | Readonly<{ reason: string }> {
  try {
    return { pid: spawnNow(surroundings, order) };
  } catch (error) {
    if (!(error instanceof Error && "errno" in error)) throw error;
    const { reason } = new SystemError("execve", Math.abs(Number(error.errno)));
    return { reason: `${order.command.path}: ${reason}; expected an executable program` };
  }
}

function spawnNow(surroundings: ChildSurroundings, order: SpawnOrder): number {
  const { command, generation, stderrFd, statusFd, listenerFds, onExit } = order;
  const [argv0 = "", ...words] = command.argv.map(decodeByteString);
  const child = Bun.spawn([decodeByteString(command.path), ...words], {
    argv0,
    env: {
      ...surroundings.environment(),
      [FEATURES_VARIABLE]: RETIRE_FEATURE,
      [GENERATION_VARIABLE]: formatGeneration(generation),
    },
    stdio: [0, 1, stderrFd, ...surroundings.flowPipe, statusFd, ...listenerFds],
    onExit: (_, exitStatus, signal) => {
      // Later, so that a child that is gone at once is registered first.
      queueMicrotask(() => onExit(signal === null ? { exitStatus: exitStatus ?? 0 } : { signal }));
    },
  });
  return child.pid;
}

/** design.md: the command `pfmaster`, wherever it stands, re-executes this binary. */
function isOwnCommand(command: string): boolean {
  return command.split("/").at(-1) === "pfmaster";
}

/** The runtime would search a path of its own for a name without a slash in front. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `${encodeByteString(process.cwd())}/${path}`;
}
