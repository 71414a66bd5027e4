/**
 * Reads anvil requests out of byte strings, strictly as Postfix does (PRO-30, PRO-31, PRO-44). Does no
 * I/O, and knows nothing of what a request asks for.
 */

export type Scan =
  | Readonly<{
      type: "request";
      name: string;
      ident: string;
      used: number;
      complaint: string | null;
    }>
  /** Goes on with what comes next; `reading` is what an end of the connection would interrupt. */
  | Readonly<{ type: "incomplete"; reading: "name" | "value" }>
  /** The connection is of no further use. */
  | Readonly<{ type: "malformed"; complaint: string }>;

const WANTED = ["request", "ident"] as const;

/**
 * The one form that clients send is recognised at once; all others are read name by name. A complaint
 * is in the words of the original, and names the source.
 */
export function scanRequest(text: string, from: number, source: string): Scan {
  if (!text.startsWith("request=", from)) return scanSlowly(text, from, source);
  const nameEnd = text.indexOf("\n", from + 8);
  if (nameEnd < 0 || !text.startsWith("ident=", nameEnd + 1)) return scanSlowly(text, from, source);
  const identEnd = text.indexOf("\n", nameEnd + 7);
  if (identEnd < 0 || text.charCodeAt(identEnd + 1) !== LF) return scanSlowly(text, from, source);
  return {
    type: "request",
    name: untilNull(text.slice(from + 8, nameEnd)),
    ident: untilNull(text.slice(nameEnd + 7, identEnd)),
    used: identEnd + 2 - from,
    complaint: null,
  };
}

const LF = 0x0a;

function scanSlowly(text: string, from: number, source: string): Scan {
  const values: string[] = [];
  let at = from;
  for (;;) {
    const wanted = WANTED[values.length];
    const end = endOfName(text, at);
    if (end < 0) return { type: "incomplete", reading: "name" };
    const name = untilNull(text.slice(at, end));
    const bare = text.charCodeAt(end) === LF;
    if (bare && end === at) {
      if (wanted === undefined) return request(values, end + 1 - from, null);
      return malformed(`missing attribute ${wanted} in input from ${source}`);
    }
    if (wanted === undefined) {
      // Answered all the same, with the rest of the list unread (PRO-44).
      return request(values, end + 1 - from, unexpected(name, source, "(list terminator)"));
    }
    if (name !== wanted) return malformed(unexpected(name, source, wanted));
    if (bare) return malformed(`missing value for string attribute ${name} from ${source}`);
    const valueEnd = text.indexOf("\n", end + 1);
    if (valueEnd < 0) return { type: "incomplete", reading: "value" };
    values.push(untilNull(text.slice(end + 1, valueEnd)));
    at = valueEnd + 1;
  }
}

function request(
  [name = "", ident = ""]: readonly string[],
  used: number,
  complaint: string | null,
): Scan {
  return { type: "request", name, ident, used, complaint };
}

function malformed(complaint: string): Scan {
  return { type: "malformed", complaint };
}

function unexpected(name: string, source: string, wanted: string): string {
  return `unexpected attribute ${name} from ${source} (expecting: ${wanted})`;
}

/** A name ends at the first equals sign, or with its line; -1 when neither has come. */
function endOfName(text: string, at: number): number {
  const lineEnd = text.indexOf("\n", at);
  const equals = text.indexOf("=", at);
  if (lineEnd < 0) return equals;
  return equals < 0 ? lineEnd : Math.min(equals, lineEnd);
}

/** To the original, a text ends at its first null byte. */
function untilNull(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
