/** What a faulty main.cf says apart from its faults, so that what depends on it can be checked too. */
import { withEveryAccount } from "./assumed-accounts.ts";
import { evaluateMainCf } from "./evaluate.ts";
import type { Host } from "./host.ts";
import type { MainCf } from "./main-cf.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";

/** As if the lines that `problems` blame were not there. Null when even that has errors. */
export function settingsWithoutFaults(
  mainCf: MainCf,
  problems: readonly Problem[],
  host: Host,
): Settings | null {
  const errors = problems.filter(({ severity }) => severity === "error");
  const isFaulty = (lines: readonly number[]): boolean =>
    errors.some(({ at }) => at !== null && lines.includes(at.line));
  const parameters = [...mainCf.parameters].filter(([, { line }]) => !isFaulty(line.pieceLines));
  const sound: MainCf = { ...mainCf, parameters: new Map(parameters) };
  return evaluateMainCf(sound, withEveryAccount(host)).value.settings;
}
