/** Reads main.cf for a child, with what its command line overrides (MUL-19, MUL-25, MCF-74). */
import type { Dictionary } from "../config/dictionary.ts";
import { evaluateMainCf } from "../config/evaluate.ts";
import type { Host } from "../config/host.ts";
import { parseMainCf, splitNameValue } from "../config/main-cf.ts";
import { type Checked, errorAt, hasErrors, type Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { encodeByteString } from "../os/byte-string.ts";
import { readConfigurationFile } from "../os/configuration-file.ts";
import { SystemError } from "../os/system-error.ts";
import type { Override } from "./options.ts";

/** `dictionary` is for the parameters of the service, which come later. */
export type ChildConfiguration = Readonly<{ settings: Settings; dictionary: Dictionary }>;

/** The value is null when a problem is an error. */
export async function readChildConfiguration(
  directory: string,
  overrides: readonly Override[],
  host: Host,
): Promise<Checked<ChildConfiguration | null>> {
  const path = `${directory}/main.cf`;
  const text = await readOrExplain(path);
  if (typeof text !== "string") return { value: null, problems: [text] };
  const file = parseMainCf(text, encodeByteString(path));
  const changes = readOverrides(overrides);
  const { value, problems } = evaluateMainCf(file.value, host, changes.value);
  const all = [...file.problems, ...changes.problems, ...problems];
  const { settings, dictionary } = value;
  const usable = settings !== null && !hasErrors(all);
  return { value: usable ? { settings, dictionary } : null, problems: all };
}

/** Left to right, so the last one of a name counts (MUL-17). */
function readOverrides(overrides: readonly Override[]): Checked<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { option, text } of overrides) {
    const split = splitNameValue(encodeByteString(text));
    if ("reason" in split) {
      problems.push(
        errorAt(
          null,
          `Cannot read option ${option} "${text}": expected name=value, ${split.reason}`,
        ),
      );
    } else values.set(split.name, split.value);
  }
  return { value: values, problems };
}

async function readOrExplain(path: string): Promise<string | Problem> {
  try {
    return await readConfigurationFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return errorAt(null, `Cannot read "${path}": ${error.message}; expected a readable file`);
  }
}
