/** Reads, checks and resolves the whole configuration. Switches nothing: that is for the caller. */
import { assignAddresses, hostNamesToResolve } from "../config/addresses.ts";
import { evaluateMainCf } from "../config/evaluate.ts";
import type { Host } from "../config/host.ts";
import { type MainCf, parseMainCf, wordPosition } from "../config/main-cf.ts";
import { parseMasterCf } from "../config/master-cf.ts";
import { type Checked, errorAt, type Problem } from "../config/problem.ts";
import type { ServicePlan } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { settingsWithoutFaults } from "../config/sound-settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { readConfigurationFile } from "../os/configuration-file.ts";
import { interfaceAddresses, ResolveError, resolveHost } from "../os/resolve.ts";
import { SystemError } from "../os/system-error.ts";

/** What the rest is read with, and where its words stand. */
export type LoadedMainCf = Readonly<{ settings: Settings; mainCf: MainCf }>;

/**
 * With errors there may still be a value: what the file says apart from its faults, so that errors
 * in master.cf can be reported along with them.
 */
export async function loadMainCf(
  directory: string,
  host: Host,
): Promise<Checked<LoadedMainCf | null>> {
  const path = `${directory}/main.cf`;
  const text = await readOrExplain(path);
  if (typeof text !== "string") return { value: null, problems: [text] };

  const { value: mainCf, problems: syntax } = parseMainCf(text, path);
  const { value, problems } = evaluateMainCf(mainCf, host);
  const settings = value.settings ?? settingsWithoutFaults(mainCf, problems, host);
  return {
    value: settings === null ? null : { settings, mainCf },
    problems: [...syntax, ...problems],
  };
}

/** Asks the resolver, so it may take long; the main loop goes on meanwhile. */
export async function loadServices(
  { settings, mainCf }: LoadedMainCf,
  host: Host,
): Promise<Checked<readonly ServicePlan[]>> {
  const path = `${settings.configDirectory}/master.cf`;
  const text = await readOrExplain(path);
  if (typeof text !== "string") return { value: [], problems: [text] };

  const { value: entries, problems: syntax } = parseMasterCf(text, path, settings, host);
  const names = hostNamesToResolve(entries, settings);
  const answers = names.map(async (name) => [name, await addressesOf(name)] as const);
  const { value, problems } = assignAddresses(
    entries,
    settings,
    new Map(await Promise.all(answers)),
    interfaceAddresses(),
    (word) => wordPosition(mainCf, "inet_interfaces", word),
  );
  return { value, problems: [...syntax, ...problems] };
}

/** A name without an address is the service's problem, and described there. */
async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return await resolveHost(decodeByteString(name));
  } catch (error) {
    if (error instanceof ResolveError) return [];
    throw error;
  }
}

async function readOrExplain(path: string): Promise<string | Problem> {
  try {
    return await readConfigurationFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return errorAt(null, `Cannot read "${path}": ${error.reason}; expected a readable file`);
  }
}
