/** What `config` prints for parameters, line by line, as postconf(1) does. Writes nothing. */
import type { Host } from "./host.ts";
import type { MainCf } from "./main-cf.ts";
import { PARAMETERS } from "./parameters.ts";
import { isReadOnly, postconfValues } from "./postconf-values.ts";
import { OTHER_DEFAULTS } from "./postfix-defaults.ts";
import { type Checked, type Problem, warningAt } from "./problem.ts";
import { userDefinedNames } from "./user-defined-names.ts";

export type Wanted = Readonly<{
  /** All that are known when empty. */
  names: readonly string[];
  defaults: boolean;
  onlySet: boolean;
  expanded: boolean;
  onlyValues: boolean;
}>;

/** Without `defaults`, a parameter that only Postfix knows is shown when main.cf sets it or by name. */
export function parameterLines(
  mainCf: MainCf,
  host: Host,
  { names, defaults, onlySet, expanded, onlyValues }: Wanted,
): Checked<readonly string[]> {
  const values = postconfValues(mainCf, host, defaults);
  const known = new Set([...PARAMETERS.keys(), ...OTHER_DEFAULTS.keys()]);
  if (!defaults) for (const name of userDefinedNames(mainCf)) known.add(name);
  const isSet = (name: string): boolean =>
    name === "config_directory" || (mainCf.parameters.has(name) && !isReadOnly(name));

  const lines: string[] = [];
  const problems: Problem[] = [];
  const wanted = names.length > 0 ? names : [...known].sort(byBytes);
  for (const name of wanted) {
    if (!known.has(name)) {
      problems.push(warningAt(null, `${name}: unknown parameter`));
      continue;
    }
    if (onlySet && !isSet(name)) continue;
    const value = expanded ? values.expandedOf(name) : values.rawOf(name);
    if (value !== null && typeof value === "object") problems.push(value);
    else lines.push(line(name, value ?? "", onlyValues));
  }
  return { value: lines, problems };
}

/** Vertical TAB and form feed are no blanks here, unlike in the file. */
function line(name: string, value: string, onlyValues: boolean): string {
  const words = value.split(/[ \t\r\n]+/).filter((word) => word !== "");
  return (onlyValues ? words : [name, "=", ...words]).join(" ");
}

function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
