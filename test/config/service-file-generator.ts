/** Makes service files, most of them broken somewhere, from a seed: the same seed, the same files. */

export type GeneratedCase = Readonly<{
  masterCf: string;
  disable: string;
  protocols: string;
  interfaces: string;
  compatibilityLevel: string;
}>;

type Random = () => number;

const NAMES = [
  "a",
  "b",
  "smtp",
  "-",
  "x.y",
  "a_b",
  "{n}",
  "u".repeat(100),
  "u".repeat(101),
  "a\vb",
];
const TRANSPORTS = ["unix", "unix", "unix-dgram", "fifo", "pass"];
const BAD_TRANSPORTS = ["-", "UNIX", "tcp", "inet6", "unix-dgrm", "passs", "0"];
const FLAGS = ["y", "n", "-"];
const BAD_FLAGS = ["Y", "N", "yes", "no", "--", "1", "0", "n,", "{n}"];
const NUMBERS = ["-", "-", "0", "1", "2", "10", "5a", "007", "3?", "0?", "100"];
const BAD_NUMBERS = ["x", "-1", "+1", "?", "--", "2147483648", "99999999999999999999", "{1}"];
/** None of them exists, or a wakeup would start it. */
const COMMANDS = ["run", "a", "bin/a", "{a", "x.y"];
const ARGUMENTS = [
  "-v",
  "-o",
  "a=b",
  "{ a = b }",
  "{}",
  "{ }",
  "x{y z}w",
  "}",
  "}{x}",
  "{{x} y}",
  "\\",
  '"q r"',
  "$x",
];
const BAD_ARGUMENTS = ["{", "{a", "{a}b", "{a}{b}", "{ {x }", "{}}"];
const HOSTS = [
  "127.0.0.1",
  "[127.0.0.1]",
  "[::1]",
  "::1",
  "[IPv6:::1]",
  "[ipv6:0:0::1]",
  "127.0.0.01",
  "0x7f.1",
  "localhost",
  "[localhost]",
  "0:0:0:0:0:0:0:1",
  "127.0.0.7",
];
const BAD_HOSTS = [
  "*",
  "[]",
  "[::1",
  "::1]",
  "[IPv6:1]",
  "127.1",
  "256.1.1.1",
  "no.such.invalid",
  "a..b",
  "-a",
  "[1::2::3]",
  "localhost.",
  "[*]",
  "[::1]x",
  "127.0.0.09",
  "0.1.2.3",
  "12",
  "[::ffff:127.0.0.1]",
  "h\xe9",
];
const BAD_PORTS = ["", "25x", "no-such-port", "-5", "SMTP", "2:", "x2"];
const DISABLE = [
  "",
  "",
  "",
  "",
  "unix",
  "a/unix",
  "!a/unix unix",
  "fifo, pass",
  "b.unix",
  "INET",
  "tcp",
  "-",
  "smtp/inet",
];

/** Mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function generateCase(random: Random): GeneratedCase {
  const lines = Array.from({ length: 1 + below(random, 4) }, () => generateLine(random));
  return {
    masterCf: lines.join(""),
    disable: pick(random, DISABLE),
    protocols: pick(random, ["all", "all", "all", "ipv4", "ipv6", ""]),
    interfaces: pick(random, [
      "127.0.0.1",
      "127.0.0.1",
      "loopback-only",
      "localhost",
      "[::1]",
      "",
      "127.0.0.1, ::1",
    ]),
    compatibilityLevel: pick(random, ["3.6", "0", "1"]),
  };
}

function generateLine(random: Random): string {
  const breaks = chance(random, 0.3) ? below(random, 9) : -1;
  const inet = chance(random, 0.5);
  const either = (index: number, good: readonly string[], bad: readonly string[]): string =>
    pick(random, index === breaks ? bad : good);
  const fields = [
    inet ? inetName(random, breaks === 0) : pick(random, NAMES),
    inet ? "inet" : pick(random, TRANSPORTS),
    inet ? "n" : pick(random, FLAGS),
    either(3, FLAGS, BAD_FLAGS),
    either(4, FLAGS, BAD_FLAGS),
    either(5, NUMBERS, BAD_NUMBERS),
    either(6, NUMBERS, BAD_NUMBERS),
    either(7, COMMANDS, ["-"]),
  ];
  if (breaks === 1) fields[1] = pick(random, BAD_TRANSPORTS);
  if (breaks === 2) fields[2] = inet ? pick(random, ["y", "-", "x"]) : pick(random, BAD_FLAGS);
  if (chance(random, 0.05)) fields.length = below(random, 8);
  const words = Array.from({ length: below(random, 4) }, () => pick(random, ARGUMENTS));
  if (breaks === 8) words.push(pick(random, BAD_ARGUMENTS));
  return ending(random, [...fields, ...words].map((word) => word + gap(random)).join(""));
}

function inetName(random: Random, broken: boolean): string {
  const port = `${20000 + below(random, 9000)}`;
  if (!broken) {
    const form = below(random, 4);
    if (form === 0) return port;
    if (form === 1) return `${pick(random, [":", "+", "0"])}${port}`;
    return `${pick(random, HOSTS)}:${port}`;
  }
  return chance(random, 0.5)
    ? `${pick(random, BAD_HOSTS)}:${port}`
    : `${pick(random, ["", ...HOSTS.map((host) => `${host}:`)])}${pick(random, BAD_PORTS)}`;
}

function gap(random: Random): string {
  return pick(random, [" ", " ", " ", "\t", "  \t", "\n ", "\r ", "\n# c\n\n\t", " \n  "]);
}

function ending(random: Random, line: string): string {
  const start = pick(random, ["", "", "", "", "", "# comment\n", "\n \n", "  "]);
  const end = pick(random, ["\n", "\n", "\n", "\n", "\r\n", "\n", "\n#\n", "\n", " \0x y\n"]);
  return start + line + end;
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

function pick(random: Random, choices: readonly string[]): string {
  return choices[below(random, choices.length)] ?? "";
}
