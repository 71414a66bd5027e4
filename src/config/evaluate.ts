/**
 * main.cf to settings, in the master's own order and with its own rules of what a reference sees
 * (MCF-49 to MCF-64). Reports every mistake. Asks nothing but the given facts about the host.
 */
import { createDictionary, type Dictionary } from "./dictionary.ts";
import { evaluateParameter } from "./evaluate-parameter.ts";
import type { Host } from "./host.ts";
import { type MainCf, valuePosition } from "./main-cf.ts";
import { makeSettings } from "./make-settings.ts";
import type { Parameter } from "./parameter.ts";
import { EVALUATED_PARAMETERS } from "./parameters.ts";
import { type Checked, hasErrors, type Problem, warningAt } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { TypedValue } from "./typed-value.ts";
import { validate } from "./validate.ts";

export type Evaluation = Readonly<{
  /** Null when there are errors. */
  settings: Settings | null;
  /** What the master sees, by name, for every parameter that could be evaluated. */
  texts: ReadonlyMap<string, string>;
  values: ReadonlyMap<string, TypedValue>;
  /** What later references see: for the parameters of a service. */
  dictionary: Dictionary;
}>;

/** `overrides` are the `-o name=value` of a child; the last one of a name wins (MCF-74). */
export function evaluateMainCf(
  mainCf: MainCf,
  host: Host,
  overrides: ReadonlyMap<string, string> = new Map(),
): Checked<Evaluation> {
  const dictionary = createDictionary(mainCf, overrides);
  dictionary.set("process_name", host.processName); // MCF-72: the file cannot change it
  if (!mainCf.parameters.has("config_directory")) {
    dictionary.set("config_directory", mainCf.directory); // MCF-09
  }

  const problems: Problem[] = [...otherDirectory(mainCf)];
  const texts = new Map<string, string>();
  const values = new Map<string, TypedValue>();
  for (const parameter of EVALUATED_PARAMETERS) {
    if (parameter.name === "mynetworks") dictionary.set("process_id", `${host.processId}`); // MCF-62
    const raw = defaultOf(parameter, dictionary, host);
    if (raw === null) continue;
    const { text, typed } = evaluateParameter(parameter, raw, dictionary);
    if (text !== null) texts.set(parameter.name, text);
    if (typed === null) continue;
    if (typeof typed === "object") problems.push(typed);
    else values.set(parameter.name, typed);
  }
  const evaluated = dictionary.problems.length;
  const debuggerCommand = dictionary.evaluate("debugger_command");
  problems.unshift(
    ...dictionary.problems.map((problem, index) =>
      index < evaluated ? problem : asWarning(problem),
    ),
  );
  const facts = validate({ values, placeOf: dictionary.placeOf, host }, problems);
  const settings =
    facts === null || hasErrors(problems)
      ? null
      : makeSettings({ configDirectory: mainCf.directory, debuggerCommand, values, facts });
  return { value: { settings, texts, values, dictionary }, problems };
}

/** Such a line changes what a reference to it gives, and nothing else (MCF-09). */
function otherDirectory({ parameters, directory }: MainCf): readonly Problem[] {
  const written = parameters.get("config_directory");
  if (written === undefined || written.value === directory) return [];
  const message = `Read config_directory = "${written.value}" for references only: the configuration directory is "${directory}", expected no other in its main.cf`;
  return [warningAt(valuePosition(written), message)];
}

/** Only -D needs it, so a mistake in it stops no start (MCF-34, MCF-78). */
function asWarning({ at, message }: Problem): Problem {
  return warningAt(at, `${message}: option -D will not work`);
}

/** What depends on the host is worked out only where main.cf is silent. */
function defaultOf(parameter: Parameter, dictionary: Dictionary, host: Host): string | null {
  if (parameter.default !== null) return parameter.default;
  return dictionary.has(parameter.name) ? "" : hostDefault(parameter.name, dictionary, host);
}

/** Null after an error that was reported. */
function hostDefault(
  name: string,
  dictionary: Pick<Dictionary, "evaluate" | "has">,
  host: Host,
): string | null {
  switch (name) {
    case "myhostname": {
      if (host.hostName.includes(".")) return host.hostName;
      const domain = dictionary.has("mydomain") ? dictionary.evaluate("mydomain") : "localdomain";
      return domain === null ? null : `${host.hostName}.${domain}`;
    }
    case "mydomain": {
      const hostName = dictionary.evaluate("myhostname");
      if (hostName === null) return null;
      const dot = hostName.indexOf(".");
      return dot === -1 ? "localdomain" : hostName.slice(dot + 1);
    }
    case "daemon_directory":
      return host.daemonDirectory.path;
    case "mynetworks":
      return ""; // made from the interfaces; nothing of ours reads it
    default:
      throw new Error(`no default for ${name}`);
  }
}
