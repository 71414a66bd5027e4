/** The parameters of a service, from the same main.cf and by the same rules as all others (MUL-41). */
import type { Dictionary } from "../config/dictionary.ts";
import { evaluateParameter } from "../config/evaluate-parameter.ts";
import type { Parameter } from "../config/parameter.ts";
import { type Checked, hasErrors, type Problem } from "../config/problem.ts";
import type { TypedValue } from "../config/typed-value.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import type { ParameterSpec, ParameterSpecs, ParameterValues } from "./service.ts";

/**
 * In the order of the table, each seeing the values of those before it (MCF-49). `dictionary` is what
 * `evaluateMainCf` left behind, overrides included. Every mistake is reported; the value is null when
 * there is one. The specs have the right shape (service-shape.ts).
 */
export function readParameters<P extends ParameterSpecs>(
  specs: P | undefined,
  dictionary: Dictionary,
): Checked<ParameterValues<P> | null> {
  const known = dictionary.problems.length;
  const found: Problem[] = [];
  const values: Record<string, TypedValue> = {};
  for (const [name, spec] of Object.entries(specs ?? {})) {
    const parameter = describe(name, spec);
    const { typed } = evaluateParameter(parameter, parameter.default ?? "", dictionary);
    if (typed === null) continue;
    if (typeof typed === "object") found.push(typed);
    else values[name] = typeof typed === "string" ? decodeByteString(typed) : typed;
  }
  const problems = [...dictionary.problems.slice(known), ...found];
  // Each name has a value of its spec's type when nothing was reported.
  return { value: hasErrors(problems) ? null : (values as ParameterValues<P>), problems };
}

function describe(name: string, spec: ParameterSpec): Parameter {
  return {
    name,
    type: spec.type,
    default: defaultText(spec),
    unit: spec.type === "time" ? "seconds" : "",
    minimum: "min" in spec ? (spec.min ?? 0) : 0,
    maximum: "max" in spec ? (spec.max ?? 0) : 0,
    reader: "child",
    reload: "takes effect in children started later",
    meaning: "",
    origin: "pfmaster",
  };
}

/** As it would stand in main.cf. */
function defaultText(spec: ParameterSpec): string {
  if (spec.type === "bool") return spec.default ? "yes" : "no";
  return encodeByteString(`${spec.default}`);
}
