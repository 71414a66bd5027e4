/** What generic initialisation demands of values beyond their type (MCF-65 to MCF-71, MST-130). */
import { checkAccounts } from "./accounts.ts";
import { parseCompatibilityLevel } from "./compatibility-level.ts";
import { isHostName } from "./host-name.ts";
import type { Family, Host, User } from "./host.ts";
import { type ImportItem, parseImportEnvironment } from "./import-environment.ts";
import { parseKnownTcpPorts } from "./known-tcp-ports.ts";
import { nearMiss } from "./near-miss.ts";
import { errorAt, type Position, type Problem, warningAt } from "./problem.ts";
import type { ChildStderr, CompatibilityLevel } from "./settings.ts";
import type { TypedValue } from "./typed-value.ts";

export type EvaluatedValues = Readonly<{
  values: ReadonlyMap<string, TypedValue>;
  placeOf(name: string): Position | null;
  host: Host;
}>;

/** What was learnt about values by looking closer. */
export type Facts = Readonly<{
  mailOwner: User;
  families: readonly Family[];
  compatibilityLevel: CompatibilityLevel;
  knownTcpPorts: ReadonlyMap<string, number>;
  maillogFilePrefixes: readonly string[];
  childStderr: ChildStderr;
  importEnvironment: readonly ImportItem[];
}>;

/** Null when something is missing, which was then reported. */
export function validate(evaluated: EvaluatedValues, problems: Problem[]): Facts | null {
  const { values, placeOf, host } = evaluated;
  const textOf = (name: string): string | null => {
    const value = values.get(name);
    return typeof value === "string" ? value : null;
  };
  const report: Report = (name, expected, suggestion) => {
    const message = `Cannot use ${name} = "${textOf(name) ?? ""}": expected ${expected}`;
    problems.push(errorAt(placeOf(name), message, suggestion));
  };

  const { value: importEnvironment, problems: malformed } = parseImportEnvironment(
    textOf("import_environment") ?? "",
    placeOf("import_environment"),
  );
  problems.push(...malformed);
  checkHostNames(textOf, report);
  checkFacility(textOf("syslog_facility"), report);
  checkVerp(textOf, report);
  const prefixes = checkLogFile(textOf, report);
  const compatibilityLevel = checkLevel(textOf("compatibility_level"), report);
  const families = checkProtocols(evaluated, textOf("inet_protocols"), report, problems);
  const ports = textOf("known_tcp_ports") ?? "";
  const knownTcpPorts = parseKnownTcpPorts(ports, placeOf("known_tcp_ports"), problems);
  const childStderr = checkChildStderr(textOf("child_stderr"), report);

  const mailOwner = textOf("mail_owner");
  const defaultPrivs = textOf("default_privs");
  const setgidGroup = textOf("setgid_group");
  const rootlessMode = values.get("rootless_mode") === true;
  if (mailOwner === null || defaultPrivs === null || setgidGroup === null) return null;
  const names = { mailOwner, defaultPrivs, setgidGroup, rootlessMode };
  const owner = checkAccounts(names, host, placeOf, problems);
  if (owner === null || compatibilityLevel === null || childStderr === null) return null;
  return {
    mailOwner: owner,
    families,
    compatibilityLevel,
    knownTcpPorts,
    maillogFilePrefixes: prefixes,
    childStderr,
    importEnvironment,
  };
}

type TextOf = (name: string) => string | null;
type Report = (name: string, expected: string, suggestion?: string) => void;

const FACILITIES = [
  ...["auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "security"],
  ...["syslog", "user", "uucp", "local0", "local1", "local2", "local3", "local4", "local5"],
  ...["local6", "local7"],
];
const SEVERAL_WORDS = /[, \t\r\n]/;

function checkHostNames(textOf: TextOf, report: Report): void {
  for (const name of ["myhostname", "mydomain"]) {
    const text = textOf(name);
    if (text === null || (isHostName(text) && !/[\x80-\xff]/.test(text))) continue;
    report(name, "a host name of letters, digits and hyphens"); // unlike elsewhere, not in UTF-8
  }
  const myhostname = textOf("myhostname");
  const relayhost = textOf("relayhost");
  if (myhostname !== null && myhostname.toLowerCase() === relayhost?.toLowerCase()) {
    report("relayhost", "another host than myhostname");
  }
  if (SEVERAL_WORDS.test(textOf("myorigin") ?? "")) report("myorigin", "one domain");
}

function checkFacility(facility: string | null, report: Report): void {
  if (facility === null || FACILITIES.includes(facility)) return;
  const suggestion = nearMiss(facility, FACILITIES) ?? undefined;
  report("syslog_facility", 'a facility of syslog such as "mail"', suggestion);
}

function checkVerp(textOf: TextOf, report: Report): void {
  const filter = textOf("verp_delimiter_filter") ?? "";
  const delimiters = textOf("default_verp_delimiters") ?? "";
  if ([...delimiters].every((character) => filter.includes(character))) return;
  report("default_verp_delimiters", `only characters of verp_delimiter_filter, "${filter}"`);
}

function checkLogFile(textOf: TextOf, report: Report): readonly string[] {
  const prefixes = words(textOf("maillog_file_prefixes") ?? "");
  const file = textOf("maillog_file") ?? "";
  if (file !== "" && !prefixes.some((prefix) => file.startsWith(prefix))) {
    report(
      "maillog_file",
      `a path that starts with one of maillog_file_prefixes, "${prefixes.join(", ")}"`,
    );
  }
  return prefixes;
}

function checkLevel(text: string | null, report: Report): CompatibilityLevel | null {
  if (text === null) return null;
  const level = parseCompatibilityLevel(text);
  if (level === null) report("compatibility_level", 'a level such as "3.6"');
  return level;
}

function checkProtocols(
  { host, placeOf }: EvaluatedValues,
  text: string | null,
  report: Report,
  problems: Problem[],
): readonly Family[] {
  const wanted = new Set<Family>();
  for (const word of words(text ?? "")) {
    if (word === "ipv4" || word === "all") wanted.add("ipv4");
    if (word === "ipv6" || word === "all") wanted.add("ipv6");
    if (word === "ipv4" || word === "ipv6" || word === "all") continue;
    const suggestion = nearMiss(word, ["all", "ipv4", "ipv6"]) ?? undefined;
    report("inet_protocols", `a list of ipv4, ipv6 and all, found "${word}"`, suggestion);
  }
  for (const family of wanted) {
    if (host.families.includes(family)) continue;
    wanted.delete(family);
    const message = `Left out ${family} of inet_protocols: this system does not support it, nothing will listen there`;
    problems.push(warningAt(placeOf("inet_protocols"), message));
  }
  return [...wanted].sort(); // IPv4 first, as in SVC-19
}

function checkChildStderr(text: string | null, report: Report): ChildStderr | null {
  if (text === null || text === "log" || text === "null") return text;
  report("child_stderr", '"log" or "null"', nearMiss(text, ["log", "null"]) ?? undefined);
  return null;
}

function words(text: string): readonly string[] {
  return text.split(/[, \t\r\n]+/).filter(Boolean);
}
