/** Makes main.cf files from a seed: references of every form, odd white space, odd bytes, and mistakes. */

export type Random = () => number;

/** Names that only the generated file knows: each refers to later ones, so nothing goes in circles. */
const OWN_NAMES = ["own_a", "own_b", "own_c", "own_d", "own_e", "own_f"];
/** Their defaults refer to nothing that the file sets. */
const PLAIN_NAMES = ["mail_name", "mail_owner", "queue_directory", "max_use", "no_such_name"];
/** What postconf is asked for, and the file may set. */
export const ASKED_NAMES = [
  "mydestination",
  "myorigin",
  "relayhost",
  "relay_domains",
  "fast_flush_domains",
  "data_directory",
  "maillog_file",
  "syslog_name",
  "master_service_disable",
  "service_throttle_time",
  "default_process_limit",
  "import_environment",
  "debugger_command",
  "max_idle",
  "smtputf8_enable",
  "mynetworks_style",
  ...PLAIN_NAMES.filter((name) => name !== "no_such_name"),
];

const LITERALS = [
  ...["a", "/var/log", "10s", "yes", "x=y", "#", ", ", "  ", "\t", "\v", "\\", '"', "'", "-", "."],
  ...["\xe9", "\xff\xfe", "$$", "$$x", "a:b", "a?b", ")", "(x)", "0", "007", "=", "*", "@"],
];
const OPERANDS = ["1", "001", "2", "a", "b", "", " ", "10", "9", "yes", "-1", "\xe9"];
const LEVELS = ["0", "1", "3.6", "3.10", "3.9.1", "2.0", " 1", "+2", "03.06"];
const BAD_LEVELS = ["", "x", "1.", "1.2.3.4", "-1", "1.1024", "1 "];
const OPERATORS = ["==", "!=", "<", "<=", ">=", ">"];
const BAD_OPERATORS = ["=", "=>", "<>", "===", "", "+", "==x", "==Level", "== level"];
const BLANKS = ["", "", "", " ", "  ", "\t"];
const ODD_BYTES = "\t\v\r ${}()$:?<>=!#\\\xff0aZ_";

export function generateMainCf(random: Random, mistakes: boolean): string {
  const lines = ["mynetworks = 127.0.0.0/8"]; // else postconf makes it from the interfaces
  for (const name of OWN_NAMES) if (random() < 0.7) lines.push(makeLine(name, random, mistakes));
  for (const name of ASKED_NAMES) if (random() < 0.4) lines.push(makeLine(name, random, mistakes));
  if (random() < 0.3) lines.push("compatibility_level = 3.6");
  if (random() < 0.2) {
    lines.push(`mydomain = ${pick(["example.org", "", "$mail_name.x"], random)}`);
  }
  if (random() < 0.2) lines.push(`myhostname = ${pick(["a.b.c", "a", "$mydomain"], random)}`);
  const between = lines.flatMap((line) => [line, ...filler(random)]);
  const newline = random() < 0.1 ? "\r\n" : "\n";
  const text = [...filler(random), ...between].join("\n").replaceAll("\n", newline);
  return random() < 0.8 ? text + newline : text;
}

/** The file as such is broken, or nearly so. */
export function breakSomewhere(text: string, random: Random): string {
  const pieces = ["\n", "\0", " ", "=", "\nx", "\n y", "\n=", "\n#", "\n z = 1", "\xff"];
  let broken = text;
  for (let edits = 1 + Math.floor(random() * 3); edits > 0; edits--) {
    const at = Math.floor(random() * broken.length);
    const taken = Math.floor(random() * 3);
    broken = broken.slice(0, at) + pick(pieces, random) + broken.slice(at + taken);
  }
  return broken;
}

function makeLine(name: string, random: Random, mistakes: boolean): string {
  const later = OWN_NAMES.slice(OWN_NAMES.indexOf(name) + 1);
  const names = [...later, ...PLAIN_NAMES.filter((plain) => plain !== name)];
  const value = makeText({ random, names });
  const spoilt = mistakes && random() < 0.15 ? spoil(value, random) : value;
  const equals = `${pick(BLANKS, random)}=${pick(BLANKS, random)}`;
  return `${name}${equals}${continued(spoilt, random)}${pick(BLANKS, random)}`;
}

type Source = Readonly<{ random: Random; names: readonly string[]; depth?: number }>;

function makeText(source: Source): string {
  const { random, depth = 0 } = source;
  let text = "";
  for (let parts = Math.floor(random() * 4); parts >= 0; parts--) {
    text += random() < 0.5 || depth > 3 ? pick(LITERALS, random) : makeReference(source);
  }
  return text;
}

function makeReference({ random, names, depth = 0 }: Source): string {
  const blank = () => pick(BLANKS, random);
  const name = pick(names, random);
  const below = { random, names, depth: depth + 1 };
  const inside = () =>
    makeText(below)
      .replaceAll(/[{}()]/g, "")
      .replaceAll("$", "$$$$");
  const braced = () => `${blank()}{${random() < 0.6 ? inside() : makeReference(below)}}${blank()}`;
  const choices = [
    () => `?${braced()}`,
    () => `:${braced()}`,
    () => `?${braced()}:${braced()}`,
    () => `?${inside()}`,
    () => `:${inside()}`,
    () => `?${braced()}:${inside()}`,
  ];
  const choice = () => pick(choices, random)();
  switch (Math.floor(random() * 7)) {
    case 0:
      return `$${name}`;
    case 1:
      return `$(${blank()}${name}${blank()})`;
    case 2:
      return `\${${blank()}${name}${blank()}}`;
    case 3:
    case 4:
      return `\${${name}${blank()}${choice()}}`;
    default:
      return `\${${relation(random, name)}${random() < 0.7 ? choice() : blank()}}`;
  }
}

function relation(random: Random, name: string): string {
  const blank = () => pick(BLANKS, random);
  const wrong = random() < 0.03;
  const levels = random() < 0.3;
  const operand = () => {
    if (levels) return pick(wrong ? BAD_LEVELS : LEVELS, random);
    return random() < 0.3 ? `$${name}` : pick(OPERANDS, random);
  };
  const sign = pick(wrong && !levels ? BAD_OPERATORS : OPERATORS, random);
  const operator = `${sign}${levels ? "level" : ""}`;
  return `${blank()}{${operand()}}${blank()}${operator}${blank()}{${operand()}}${blank()}`;
}

function spoil(value: string, random: Random): string {
  const at = Math.floor(random() * (value.length + 1));
  const byte = ODD_BYTES[Math.floor(random() * ODD_BYTES.length)] ?? "";
  const taken = Math.floor(random() * 2);
  return value.slice(0, at) + (random() < 0.6 ? byte : "") + value.slice(at + taken);
}

/** Now and then a value goes on in the next line, with something in between. */
function continued(value: string, random: Random): string {
  if (random() < 0.7) return value;
  const at = Math.floor(random() * value.length);
  const between = ["\n ", "\n\t", "\n\n  ", "\n# comment\n ", "\n  # comment\n\v", "\n \r\n "];
  return value.slice(0, at) + pick(between, random) + value.slice(at);
}

function filler(random: Random): string[] {
  return random() < 0.6 ? [] : [pick(["", "# x = $(", "   ", " # y", "\t\v", "#"], random)];
}

function pick<T>(values: readonly T[], random: Random): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}
