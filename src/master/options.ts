/** The master's command line (MST-23 to MST-30). Decides nothing: reads letters, finds conflicts. */
import { parseLetters } from "../protocol/option-letters.ts";

export type MasterOptions = Readonly<{
  configDirectory: string | null;
  /** -D, or MAIL_DEBUG in the environment. */
  debugger: boolean;
  /** -d: keep standard input, output and error, and the terminal. */
  keepTerminal: boolean;
  exitSeconds: number | null;
  initMode: boolean;
  keepStdout: boolean;
  testLock: boolean;
  verbosity: number;
  waitForStart: boolean;
}>;

/** Either options or what is wrong with them. `getopt` is what getopt(3) itself would print. */
export type OptionsResult =
  Readonly<{ options: MasterOptions }> | Readonly<{ fault: string; getopt?: string }>;

type Environment = Readonly<Record<string, string | undefined>>;

export function parseMasterOptions(
  argv0: string,
  words: readonly string[],
  environment: Environment,
): OptionsResult {
  const { options: given, rest, fault } = parseLetters(words, "c:Dde:istvw");
  if (fault !== null) {
    const getopt =
      fault.reason === "unknown"
        ? `${argv0}: invalid option -- '${fault.letter}'`
        : `${argv0}: option requires an argument -- '${fault.letter}'`;
    return { fault: usage(argv0), getopt };
  }
  if (rest.length > 0) {
    return { fault: `unexpected word "${rest[0]}", see ${argv0} --help; ${usage(argv0)}` };
  }

  const has = (letter: string) => given.some((option) => option.letter === letter);
  const last = (letter: string) =>
    given.findLast((option) => option.letter === letter)?.argument ?? null;
  const exitText = last("e");
  const initMode = has("i");
  const options: MasterOptions = {
    configDirectory: last("c"),
    debugger: has("D") || environment["MAIL_DEBUG"] !== undefined,
    keepTerminal: has("d"),
    exitSeconds: exitText === null ? null : leadingInteger(exitText),
    initMode,
    keepStdout: has("s") || initMode,
    testLock: has("t"),
    verbosity:
      given.filter(({ letter }) => letter === "v").length +
      (environment["MAIL_VERBOSE"] === undefined ? 0 : 1),
    waitForStart: has("w"),
  };
  const conflict = findConflict(options);
  return conflict === null ? { options } : { fault: conflict };
}

function findConflict(options: MasterOptions): string | null {
  const { testLock, waitForStart, initMode, keepTerminal, exitSeconds } = options;
  if (exitSeconds !== null && exitSeconds < 0) {
    return `-e takes a number of seconds that is not negative, got ${exitSeconds}`;
  }
  if (testLock && waitForStart) return "the -t and -w options cannot be used together";
  if (initMode && (options.debugger || keepTerminal || waitForStart)) {
    return "the -i option cannot be used together with -D (or MAIL_DEBUG), -d or -w";
  }
  return null;
}

function usage(argv0: string): string {
  return (
    `usage: ${argv0} [-c config_dir] [-D (debug)] [-d (don't detach from terminal)] ` +
    "[-e exit_time] [-i (init mode, pid 1 only)] [-s (leave stdout open)] " +
    "[-t (test: is a master running?)] [-v (verbose)] [-w (wait for initialization)]"
  );
}

/** atoi(3): leading blanks, a sign, digits; 0 when there are none (MST-26). */
function leadingInteger(text: string): number {
  const digits = /^\s*[-+]?\d+/.exec(text);
  return digits === null ? 0 : Number(digits[0]);
}
