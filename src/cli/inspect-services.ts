/**
 * Whether the services of our own that master.cf names can be used: `check` imports a service file as a
 * child would, for a shape is there only when the file has been run. The same rule of trust holds, so
 * nothing is run here that the child of a master would not run with the same rights.
 */
import { join } from "node:path";

import type { Dictionary } from "../config/dictionary.ts";
import { splitNameValue } from "../config/main-cf.ts";
import { nearMiss } from "../config/near-miss.ts";
import { type Position, type Problem, warningAt } from "../config/problem.ts";
import type { ServiceEntry } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { ServiceLoader } from "../server/load-service.ts";
import { type Override, parseServerOptions } from "../server/options.ts";
import { readParameters } from "../server/parameters.ts";
import { publicExports } from "../server/public-exports.ts";
import { isServiceFile, serviceFile } from "../server/service-file.ts";
import type { Service } from "../server/service.ts";
import { BUILT_IN_SERVICES, isBuiltInService, loadBuiltInService } from "../services/registry.ts";

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
  const uid = process.getuid?.() ?? 0;
  const problems: Problem[] = [];
  const chosen = entries.flatMap((entry) => {
    const found = isOurs(entry) ? select(entry, settings) : null;
    if (found?.problem != null) problems.push(found.problem);
    return found?.choice == null ? [] : [found.choice];
  });
  const files = new Map(chosen.flatMap(({ file, at }) => (file === null ? [] : [[file, at]])));
  // From here on this process imports by the loader's rules: only when there is something to import.
  const loader = files.size === 0 ? null : new ServiceLoader({ uid }, publicExports);
  // Root must not run what the user of a rootless master wrote.
  const mayRun = uid !== 0 || !settings.rootlessMode;
  const services: Service[] = [];
  for (const [file, place] of files) {
    if (loader === null) break;
    const { value, problems: found } = mayRun
      ? await loader.load(file)
      : loader.checkSyntax(file, { uid: settings.mailOwnerUid });
    problems.push(...found.map((problem) => ({ ...problem, at: problem.at ?? place })));
    if (value !== null) services.push(value);
  }
  const builtIn = new Set(chosen.flatMap(({ file, name }) => (file === null ? [name] : [])));
  for (const name of builtIn) services.push(await loadBuiltInService(name));
  for (const { parameters } of services) {
    problems.push(...readParameters(parameters, dictionary).problems);
  }
  const sources = [...(loader?.sources ?? [])].map(
    ([file, text]) => [encodeByteString(file), encodeByteString(text)] as const,
  );
  return { problems: withoutRepeats(problems), sources: new Map(sources) };
}

/** Several services may import the same faulty file. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function isOurs({ command }: ServiceEntry): boolean {
  return command.slice(command.lastIndexOf("/") + 1) === "pfmaster";
}

/** `file` is null for a built-in service. */
type Choice = Readonly<{ name: string; file: string | null; at: Position }>;
type Selected = Readonly<{ choice: Choice | null; problem: Problem | null }>;

/** By the first word of the command line, else by `-n`, which is the name of the entry (SVC-12). */
function select(entry: ServiceEntry, settings: Settings): Selected {
  const { commandAt } = entry;
  const options = parseServerOptions(entry.arguments.map(decodeByteString));
  if (typeof options === "string") {
    return { choice: null, problem: warningAt(commandAt, `Cannot start this service: ${options}`) };
  }
  const serviceDirectory = directoryOf(options.overrides, settings);
  const names = [
    ...options.words.slice(0, 1),
    options.serviceName ?? decodeByteString(entry.externalName),
  ];
  for (const name of names) {
    if (isBuiltInService(name))
      return { choice: { name, file: null, at: commandAt }, problem: null };
    if (isServiceFile(name, { ...settings, serviceDirectory })) {
      const file = serviceFile(name, { ...settings, serviceDirectory });
      return { choice: { name, file, at: commandAt }, problem: null };
    }
  }
  const [wanted = ""] = names;
  const file = join(decodeByteString(serviceDirectory), `${wanted}.ts`);
  const message = `Cannot start the service "${wanted}": expected a built-in one, ${BUILT_IN_SERVICES.join(" or ")}, or a file "${file}"`;
  const suggestion = nearMiss(wanted, BUILT_IN_SERVICES) ?? undefined;
  return { choice: null, problem: warningAt(commandAt, encodeByteString(message), suggestion) };
}

/** An `-o service_directory=…` of the line; the last one counts (MUL-17). */
function directoryOf(overrides: readonly Override[], { serviceDirectory }: Settings): string {
  const values = overrides.flatMap(({ text }) => {
    const split = splitNameValue(encodeByteString(text));
    return "reason" in split || split.name !== "service_directory" ? [] : [split.value];
  });
  return values.at(-1) ?? serviceDirectory;
}
