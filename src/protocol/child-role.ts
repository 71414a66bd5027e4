/** Whether a command line is a child's: both roles have a -t, and mean something else by it. */
import { parseLetters } from "./option-letters.ts";

/** MUL-01 to MUL-15. */
export const CHILD_LETTERS = "cdDi:lm:n:o:s:St:uvVz";

/** Any transport, so that the child's own refusal of some is reached (design.md, chapter 1). */
const TRANSPORTS = ["inet", "unix", "pass", "fifo", "unix-dgram"];

/**
 * Never by the presence of -n: a master leaves it out when the command is called like the service.
 * The master's own `-t` has no argument, and its `-c` and `-e` have one, where a child's word ends.
 */
export function asksForChild(words: readonly string[]): boolean {
  return parseLetters(words, CHILD_LETTERS).options.some(
    ({ letter, argument }) =>
      letter === "S" || (letter === "t" && TRANSPORTS.includes(argument?.toLowerCase() ?? "")),
  );
}
