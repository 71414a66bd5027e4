/**
 * What is probably not meant in a main.cf that is otherwise in order: for `check`, not for a start.
 * Knows what every parameter is called, so it is loaded by nobody else.
 */
import type { Evaluation } from "./evaluate.ts";
import type { Host } from "./host.ts";
import { type MainCf, namePosition, type RawParameter, valuePosition } from "./main-cf.ts";
import { nearMiss } from "./near-miss.ts";
import { EVALUATED_PARAMETERS, PARAMETERS } from "./parameters.ts";
import { isReadOnly, type PostconfValues, postconfValues } from "./postconf-values.ts";
import { OTHER_DEFAULTS } from "./postfix-defaults.ts";
import { type Problem, warningAt } from "./problem.ts";
import { userDefinedNames } from "./user-defined-names.ts";

/** `reported` are the errors found so far: a mistake is told once. */
export function reviewMainCf(
  mainCf: MainCf,
  host: Host,
  { texts }: Evaluation,
  reported: readonly Problem[],
): readonly Problem[] {
  const values = postconfValues(mainCf, host);
  const userDefined = userDefinedNames(mainCf);
  const places = new Set(reported.map(({ at }) => JSON.stringify(at)));
  const problems: Problem[] = [];
  for (const parameter of mainCf.parameters.values()) {
    const seenByMaster = texts.get(parameter.name);
    const found = [
      misspelt(parameter, userDefined),
      overruled(parameter),
      seenByMaster === undefined
        ? malformed(parameter, values)
        : seenDifferently(parameter, seenByMaster, values),
    ];
    for (const problem of found) {
      if (problem === null || places.has(JSON.stringify(problem.at))) continue;
      places.add(JSON.stringify(problem.at));
      problems.push(problem);
    }
  }
  return problems;
}

/** Their references are for the daemon that reads them. */
const NEVER_EXPANDED: ReadonlySet<string> = new Set([
  "command_execution_directory",
  "default_rbl_reply",
  "forward_path",
  "luser_relay",
  "mailbox_command",
  "postscreen_expansion_filter",
  "postscreen_reject_footer",
  "smtpd_expansion_filter",
  "smtpd_reject_footer",
]);

const EVALUATED_NAMES = new Set(EVALUATED_PARAMETERS.map(({ name }) => name));
const KNOWN_NAMES = [...PARAMETERS.keys(), ...OTHER_DEFAULTS.keys()];

const PER_TRANSPORT_DEFAULT =
  /^default_(destination_|delivery_slot_|extra_recipient_|minimum_delivery_|recipient_|transport_rate_)/;

/** `default_destination_rate_delay` lets every transport have its own `x_destination_rate_delay`. */
const TRANSPORT_SUFFIXES = [
  "_initial_destination_concurrency",
  "_time_limit",
  ...KNOWN_NAMES.filter((name) => PER_TRANSPORT_DEFAULT.test(name)).map((name) => name.slice(7)),
];

function misspelt(parameter: RawParameter, userDefined: ReadonlySet<string>): Problem | null {
  const { name } = parameter;
  if (PARAMETERS.has(name) || OTHER_DEFAULTS.has(name) || userDefined.has(name)) return null;
  const suggestion = nearMiss(name, KNOWN_NAMES);
  if (suggestion === null || isOtherTransport(name, suggestion)) return null;
  return warningAt(
    namePosition(parameter),
    `Parameter "${name}" is read by nobody: expected a name that Postfix or pfmaster knows, or a "$${name}" that uses it`,
    suggestion,
  );
}

function isOtherTransport(name: string, suggestion: string): boolean {
  return TRANSPORT_SUFFIXES.some(
    (suffix) => name.endsWith(suffix) && suggestion.endsWith(suffix) && name !== suffix,
  );
}

/** The program sets these itself (MCF-72). */
function overruled(parameter: RawParameter): Problem | null {
  const { name } = parameter;
  if (!isReadOnly(name)) return null;
  return warningAt(namePosition(parameter), `Ignored ${name}: expected only the program to set it`);
}

/** The master is not stopped by what it does not evaluate (MCF-34). */
function malformed(parameter: RawParameter, values: PostconfValues): Problem | null {
  const { name } = parameter;
  if (NEVER_EXPANDED.has(name) || EVALUATED_NAMES.has(name) || isReadOnly(name)) return null;
  const value = values.expandedOf(name);
  if (value === null || typeof value === "string" || value.at === null) return null;
  const reader = PARAMETERS.get(name)?.reader ?? (OTHER_DEFAULTS.has(name) ? "postfix" : null);
  const effect = reader === null ? "nothing evaluates it" : "what reads it will not run";
  return warningAt(value.at, `${value.message}: ${effect}`);
}

/** The master's references see less than those of postconf (MCF-49, MCF-63). */
function seenDifferently(
  parameter: RawParameter,
  seenByMaster: string,
  values: PostconfValues,
): Problem | null {
  const { name } = parameter;
  const shown = values.expandedOf(name);
  if (typeof shown !== "string" || shown === seenByMaster) return null;
  return warningAt(
    valuePosition(parameter),
    `The master reads ${name} = "${seenByMaster}" where postconf -x shows "${shown}": expected references only to what main.cf sets, or to what is evaluated before ${name}`,
  );
}
