/**
 * Values as postconf(1) shows them: a reference sees main.cf and every default, whatever the order of
 * evaluation. evaluate.ts says what the master sees.
 */
import { expand, type Expansion, type Lookup } from "./expand.ts";
import type { Host } from "./host.ts";
import { type MainCf, valuePosition } from "./main-cf.ts";
import { PARAMETERS } from "./parameters.ts";
import { OTHER_DEFAULTS } from "./postfix-defaults.ts";
import { errorAt, type Problem } from "./problem.ts";

export type PostconfValues = Readonly<{
  /** Raw, from main.cf or else the default; null for a name that nobody knows. */
  rawOf: Lookup;
  defaultOf: Lookup;
  expandedOf(name: string): string | Problem | null;
}>;

/** With `onlyDefaults` main.cf decides no value (`postconf -d`); it still names the host. */
export function postconfValues(mainCf: MainCf, host: Host, onlyDefaults = false): PostconfValues {
  const { parameters } = mainCf;
  const written: Lookup = (name) => parameters.get(name)?.value ?? null;
  const computed = new Map<string, string>();
  const compute = (name: string): string | null => {
    const known = computed.get(name);
    if (known !== undefined) return known;
    const value = computedDefault(name, mainCf.directory, host, written);
    if (value !== null) computed.set(name, value);
    return value;
  };
  const defaultOf: Lookup = (name) =>
    PARAMETERS.get(name)?.default ?? OTHER_DEFAULTS.get(name) ?? compute(name);
  const rawOf: Lookup = (name) => {
    if (isReadOnly(name) || onlyDefaults) return defaultOf(name);
    return written(name) ?? defaultOf(name);
  };
  return {
    rawOf,
    defaultOf,
    expandedOf: (name) => {
      const raw = rawOf(name);
      return raw === null ? null : textOrProblem(expand(raw, rawOf), name, mainCf);
    },
  };
}

/** postconf says so and ignores what main.cf gives them. */
export function isReadOnly(name: string): boolean {
  return name === "process_name" || name === "process_id" || name === "service_name";
}

/** These are made before any other default exists, so they see nothing but main.cf (MCF-67). */
function computedDefault(
  name: string,
  directory: string,
  host: Host,
  written: Lookup,
): string | null {
  const evaluate = (wanted: string): string | null => {
    const raw = written(wanted);
    if (raw === null) return null;
    const expansion = expand(raw, written);
    return expansion.ok ? expansion.text : "";
  };
  const hostName = (): string =>
    host.hostName.includes(".")
      ? host.hostName
      : `${host.hostName}.${evaluate("mydomain") ?? "localdomain"}`;

  switch (name) {
    case "myhostname":
      return hostName();
    case "mydomain": {
      const full = evaluate("myhostname") ?? hostName();
      const dot = full.indexOf(".");
      return dot === -1 ? "localdomain" : full.slice(dot + 1);
    }
    case "daemon_directory":
      return host.daemonDirectory.path;
    case "config_directory":
      return directory;
    case "process_name":
      return host.processName;
    case "process_id":
      return `${host.processId}`;
    case "mynetworks":
      return ""; // postconf makes it from the interfaces
    default:
      return null;
  }
}

function textOrProblem(
  expansion: Expansion,
  name: string,
  { parameters }: MainCf,
): string | Problem {
  if (expansion.ok) return expansion.text;
  const { parameter, offset, message } = expansion.fault;
  const blamed = parameter ?? name;
  const source = parameters.get(blamed);
  const at = source === undefined ? null : valuePosition(source, offset);
  return errorAt(at, `${message} in the value of ${blamed}`);
}
