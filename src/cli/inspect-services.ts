/**
 * Whether the services of our own that master.cf names can be used: `check` imports a service file as a
 * child would, for a shape is there only when the file has been run. The same rule of trust holds, so
 * nothing is run here that the child of a master would not run with the same rights.
 */
import type { Dictionary } from "../config/dictionary.ts";
import { type Checked, errorAt, type Problem } from "../config/problem.ts";
import type { ServiceEntry } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { encodeByteString } from "../os/byte-string.ts";
import { ServiceLoader } from "../server/load-service.ts";
import { readTransport } from "../server/options.ts";
import { readParameters } from "../server/parameters.ts";
import { publicExports } from "../server/public-exports.ts";
import type { Service } from "../server/service.ts";
import { loadBuiltInService } from "../services/registry.ts";
import { chooseService, type ChosenService } from "./chosen-service.ts";

export type ServiceInspection = Readonly<{
  problems: readonly Problem[];
  /** The service files that were read, by name. Bytes, one character each. */
  sources: ReadonlyMap<string, string>;
}>;

export async function inspectServiceFiles(
  entries: readonly ServiceEntry[],
  settings: Settings,
  dictionary: Dictionary,
): Promise<ServiceInspection> {
  const choices = entries.flatMap((entry) => chooseService(entry, settings) ?? []);
  const chosen = choices.filter((choice) => "entry" in choice);
  const problems = choices.filter((choice) => "severity" in choice);
  // It changes how this process imports: only when there is something to import.
  const needsLoader = chosen.some(({ file }) => file !== null);
  const uid = process.getuid?.() ?? 0;
  const loader = needsLoader ? new ServiceLoader({ uid }, publicExports) : null;
  for (const choice of chosen) {
    const { value: service, problems: found } = await load(choice, loader, settings);
    problems.push(...found.map((one) => ({ ...one, at: one.at ?? choice.entry.commandAt })));
    if (service === null) continue;
    problems.push(...readParameters(service.parameters, dictionary).problems);
    problems.push(...checkEntry(choice, service));
  }
  const sources = [...(loader?.sources ?? [])].map(
    ([file, text]) => [encodeByteString(file), encodeByteString(text)] as const,
  );
  return { problems: withoutRepeats(problems), sources: new Map(sources) };
}

async function load(
  { name, file }: ChosenService,
  loader: ServiceLoader | null,
  { rootlessMode, mailOwnerUid }: Settings,
): Promise<Checked<Service | null>> {
  if (file === null || loader === null) {
    return { value: await loadBuiltInService(name), problems: [] };
  }
  // Root must not run what the user of a rootless master wrote.
  const mayRun = process.getuid?.() !== 0 || !rootlessMode;
  return mayRun ? loader.load(file) : loader.checkSyntax(file, { uid: mailOwnerUid });
}

/** What the child would refuse at its start (MUL-31, MUL-50 to MUL-52). */
function checkEntry({ name, entry }: ChosenService, { requires }: Service): Problem[] {
  const { transport, processLimit, unprivileged, commandAt } = entry;
  const faults: string[] = [];
  if (readTransport(transport) === null) {
    faults.push(`a service of type inet, unix or pass, found "${transport}"`);
  }
  const limit = requires?.processLimit;
  if (limit !== undefined && processLimit !== limit) {
    faults.push(`a process limit of ${limit}, found ${processLimit}`);
  }
  if (requires?.privileges === true && unprivileged) {
    faults.push('"n" in field "unprivileged", for it needs privileges');
  }
  return faults.map((expected) =>
    errorAt(
      commandAt,
      encodeByteString(`Cannot start the service "${name}": expected ${expected}`),
    ),
  );
}

/** Several entries may have the same fault. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
