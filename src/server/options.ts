/** The command line of a multi-server child (MUL-01 to MUL-18). Reads letters, does nothing. */
import { parseLetters } from "../protocol/option-letters.ts";

export type ServerTransport = "inet" | "unix" | "pass";

/** `-i`, `-m` and `-o` in their order: the last one of a name counts (MUL-17). */
export type Override = Readonly<{ option: string; text: string }>;

export type ServerOptions = Readonly<{
  chroot: boolean;
  /** Not in daemon mode: standard input may be a terminal. */
  keepTerminal: boolean;
  debugger: boolean;
  overrides: readonly Override[];
  /** null without `-n`: then the name is the basename of argv[0] (MUL-07). */
  serviceName: string | null;
  listenerCount: number;
  oneShot: boolean;
  /** As written; null without `-t`. */
  transport: string | null;
  dropPrivileges: boolean;
  verbosity: number;
  logToStderr: boolean;
  /** Facts that the master tells: the process limit is 1, or there is none. */
  limitIsOne: boolean;
  unlimited: boolean;
  words: readonly string[];
}>;

/** Returns what is wrong as text. */
export function parseServerOptions(argv: readonly string[]): ServerOptions | string {
  const { options, rest, fault } = parseLetters(argv, "cdDi:lm:n:o:s:St:uvVz");
  if (fault !== null) {
    return fault.reason === "unknown"
      ? `unknown option -${fault.letter}`
      : `option -${fault.letter} needs a value`;
  }
  const has = (letter: string) => options.some((option) => option.letter === letter);
  const last = (letter: string) =>
    options.findLast((option) => option.letter === letter)?.argument ?? null;
  const counts = options.flatMap(({ letter, argument }) =>
    letter === "s" ? [argument ?? ""] : [],
  );
  const badCount = counts.find((text) => leadingInteger(text) <= 0);
  if (badCount !== undefined) {
    return `bad socket count "${badCount}" of option -s: expected a number above 0`;
  }
  return {
    chroot: has("c"),
    keepTerminal: has("d"),
    debugger: has("D"),
    overrides: options.flatMap(({ letter, argument }) => readOverride(letter, argument ?? "")),
    serviceName: last("n"),
    listenerCount: leadingInteger(counts.at(-1) ?? "1"),
    oneShot: has("S"),
    transport: last("t"),
    dropPrivileges: has("u"),
    verbosity: options.filter(({ letter }) => letter === "v").length,
    logToStderr: has("V"),
    limitIsOne: has("l"),
    unlimited: has("z"),
    words: rest,
  };
}

/** atoi(3): 0 when there are no digits (MUL-09). */
function leadingInteger(text: string): number {
  return Number(/^\s*[-+]?\d+/.exec(text)?.[0] ?? 0);
}

function readOverride(letter: string, argument: string): Override[] {
  switch (letter) {
    case "i":
      return [{ option: "-i", text: `max_idle=${argument}` }];
    case "m":
      return [{ option: "-m", text: `max_use=${argument}` }];
    case "o":
      return [{ option: "-o", text: argument }];
    default:
      return [];
  }
}

/** Case does not matter here, though it does in master.cf (PRO-14). */
export function readTransport(text: string): ServerTransport | null {
  const transports: readonly ServerTransport[] = ["inet", "unix", "pass"];
  return transports.find((known) => known === text.toLowerCase()) ?? null;
}
