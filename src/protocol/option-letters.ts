/** POSIX getopt(3) over plain data: parsing stops at the first word that is not an option. */

export type ParsedLetters = Readonly<{
  /** In the order given; `argument` is null for a letter that takes none. */
  options: readonly Readonly<{ letter: string; argument: string | null }>[];
  rest: readonly string[];
  /** The first letter that is unknown or lacks its argument ends the parse. */
  fault: Readonly<{ letter: string; reason: "unknown" | "argument missing" }> | null;
}>;

/** `accepted` is written as for getopt: a colon after a letter that takes an argument. */
export function parseLetters(words: readonly string[], accepted: string): ParsedLetters {
  const options: { letter: string; argument: string | null }[] = [];
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") return { options, rest: words.slice(index + 1), fault: null };
    if (!word.startsWith("-") || word === "-") break;
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const place = letter === ":" ? -1 : accepted.indexOf(letter);
      if (place < 0) return { options, rest: [], fault: { letter, reason: "unknown" } };
      if (accepted.charAt(place + 1) !== ":") {
        options.push({ letter, argument: null });
        continue;
      }
      const attached = word.slice(at + 1);
      const argument = attached !== "" ? attached : words[++index];
      if (argument === undefined) {
        return { options, rest: [], fault: { letter, reason: "argument missing" } };
      }
      options.push({ letter, argument });
      break;
    }
  }
  return { options, rest: words.slice(index), fault: null };
}
