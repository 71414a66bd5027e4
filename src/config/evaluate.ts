/**
 * main.cf to settings, in the master's own order and with its own rules of what a reference sees
 * (MCF-49 to MCF-64). Reports every mistake. Asks nothing but the given facts about the host.
 */
import { createDictionary, type Dictionary } from "./dictionary.ts";
import { evaluateParameter } from "./evaluate-parameter.ts";
import type { Host } from "./host.ts";
import type { MainCf } from "./main-cf.ts";
import { makeSettings } from "./make-settings.ts";
import { EVALUATED_PARAMETERS } from "./parameters.ts";
import { type Checked, hasErrors, type Problem } from "./problem.ts";
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

  const problems: Problem[] = [];
  const texts = new Map<string, string>();
  const values = new Map<string, TypedValue>();
  for (const parameter of EVALUATED_PARAMETERS) {
    if (parameter.name === "mynetworks") dictionary.set("process_id", `${host.processId}`); // MCF-62
    const raw = parameter.default ?? hostDefault(parameter.name, dictionary, host);
    if (raw === null) continue;
    const { text, typed } = evaluateParameter(parameter, raw, dictionary);
    if (text !== null) texts.set(parameter.name, text);
    if (typed === null) continue;
    if (typeof typed === "object") problems.push(typed);
    else values.set(parameter.name, typed);
  }
  problems.unshift(...dictionary.problems);
  const isSet = (name: string): boolean => mainCf.parameters.has(name) || overrides.has(name);
  const facts = validate({ values, isSet, placeOf: dictionary.placeOf, host }, problems);
  const settings =
    facts === null || hasErrors(problems)
      ? null
      : makeSettings({ configDirectory: mainCf.directory, values, isSet, facts });
  return { value: { settings, texts, values, dictionary }, problems };
}

/** Null after an error that was reported. */
export function hostDefault(
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
