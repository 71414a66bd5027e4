/**
 * Reads both configuration files as a start would, and collects everything that is wrong. Changes
 * nothing and needs no privilege. Must not know how the result is shown.
 */
import { readdirSync } from "node:fs";

import { assignAddresses, hostNamesToResolve } from "../config/addresses.ts";
import { checkCommands } from "../config/command-check.ts";
import { evaluateMainCf } from "../config/evaluate.ts";
import type { Host } from "../config/host.ts";
import { type MainCf, parseMainCf, wordPosition } from "../config/main-cf.ts";
import { parseMasterCf } from "../config/master-cf.ts";
import { errorAt, type Problem, warningAt } from "../config/problem.ts";
import { reviewMainCf } from "../config/review.ts";
import type { ServiceEntry } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { settingsWithoutFaults } from "../config/sound-settings.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { readConfigurationFileNow } from "../os/configuration-file.ts";
import { isExecutable } from "../os/executable.ts";
import { currentHost } from "../os/host.ts";
import { interfaceAddresses, ResolveError, resolveHost } from "../os/resolve.ts";
import { SystemError } from "../os/system-error.ts";
import { inspectServiceFiles } from "./inspect-services.ts";
import { inFileOrder } from "./problem-text.ts";

export type Inspection = Readonly<{
  /** By place: main.cf before master.cf. */
  problems: readonly Problem[];
  /** What was read, by file name. All text here is bytes, one character each. */
  sources: ReadonlyMap<string, string>;
  serviceCount: number;
  /** A file is missing or cannot be read. */
  unreadable: boolean;
}>;

export async function inspectConfiguration(directory: string): Promise<Inspection> {
  const mainFile = `${encodeByteString(directory)}/main.cf`;
  const masterFile = `${encodeByteString(directory)}/master.cf`;
  const sources = new Map<string, string>();
  const problems: Problem[] = [];
  for (const file of [mainFile, masterFile]) {
    const text = read(file);
    if (typeof text === "string") sources.set(file, text);
    else problems.push(text);
  }
  const mainText = sources.get(mainFile);
  const masterText = sources.get(masterFile);
  const unreadable = mainText === undefined || masterText === undefined;
  const report = (serviceCount: number): Inspection => ({
    problems: inFileOrder(problems),
    sources,
    serviceCount,
    unreadable,
  });
  if (mainText === undefined) return report(0);

  const host: Host = currentHost({ processName: "master", argv0: process.argv0 });
  const main = parseMainCf(mainText, mainFile);
  const evaluation = evaluateMainCf(main.value, host);
  problems.push(...main.problems, ...evaluation.problems);
  problems.push(...reviewMainCf(main.value, host, evaluation.value, problems));
  if (masterText === undefined) return report(0);

  const settings =
    evaluation.value.settings ?? settingsWithoutFaults(main.value, evaluation.problems, host);
  if (settings === null) {
    const message = `Did not check "${masterFile}": its meaning depends on the errors above`;
    problems.push(warningAt(null, message));
    return report(0);
  }
  const services = await inspectServices(masterText, masterFile, main.value, settings, host);
  problems.push(...services.problems);
  const ours = await inspectServiceFiles(services.entries, settings, evaluation.value.dictionary);
  problems.push(...ours.problems);
  for (const [name, source] of ours.sources) sources.set(name, source);
  return report(services.entries.length);
}

async function inspectServices(
  text: string,
  file: string,
  mainCf: MainCf,
  settings: Settings,
  host: Host,
): Promise<{ entries: readonly ServiceEntry[]; problems: Problem[] }> {
  const { value: entries, problems } = parseMasterCf(text, file, settings, host);
  const plans = assignAddresses(
    entries,
    settings,
    await lookUp(hostNamesToResolve(entries, settings)),
    interfaceAddresses(),
    (word) => wordPosition(mainCf, "inet_interfaces", word),
  );
  const commands = checkCommands(entries, {
    stateOf: (path) => isExecutable(decodeByteString(path)),
    names: namesIn(decodeByteString(settings.daemonDirectory)),
  });
  return { entries, problems: [...problems, ...plans.problems, ...commands] };
}

function read(file: string): string | Problem {
  const path = decodeByteString(file);
  try {
    return readConfigurationFileNow(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const reason = error.code === "EISDIR" ? "it is a directory" : error.reason;
    return errorAt(null, `Cannot read "${file}": ${reason}, expected a readable file`);
  }
}

async function lookUp(names: readonly string[]): Promise<Map<string, readonly string[]>> {
  const answers = names.map(async (name) => [name, await addressesOf(name)] as const);
  return new Map(await Promise.all(answers));
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return await resolveHost(decodeByteString(name));
  } catch (error) {
    if (error instanceof ResolveError) return []; // reported at the place of the name
    throw error;
  }
}

/** Only for "did you mean": a directory that cannot be read has no names. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map(encodeByteString);
  } catch (error) {
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}
