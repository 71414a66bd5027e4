/** Which service of our own an entry of master.cf would run, by the rule of a child. Reads no file. */
import { join } from "node:path";

import { splitNameValue } from "../config/main-cf.ts";
import { nearMiss } from "../config/near-miss.ts";
import { type Problem, warningAt } from "../config/problem.ts";
import type { ServiceEntry } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString, encodeByteString } from "../os/byte-string.ts";
import { type Override, parseServerOptions } from "../server/options.ts";
import { isServiceFile, serviceFile } from "../server/service-file.ts";
import { BUILT_IN_SERVICES, isBuiltInService } from "../services/registry.ts";

/** `file` is null for a built-in service. */
export type ChosenService = Readonly<{ name: string; file: string | null; entry: ServiceEntry }>;

/** Null for the programs of others. */
export function chooseService(
  entry: ServiceEntry,
  settings: Settings,
): ChosenService | Problem | null {
  const { command, commandAt } = entry;
  if (command.slice(command.lastIndexOf("/") + 1) !== "pfmaster") return null;
  const options = parseServerOptions(entry.arguments.map(decodeByteString));
  if (typeof options === "string") {
    return warningAt(commandAt, `Cannot start this service: ${options}`);
  }
  const directory = directoryOf(options.overrides, settings);
  // `-n` is the name of the entry (SVC-12) unless the line says another one.
  const own = options.serviceName ?? decodeByteString(entry.externalName);
  const names = [...options.words.slice(0, 1), own];
  for (const name of names) {
    if (isBuiltInService(name)) return { name, file: null, entry };
    const place = { ...settings, serviceDirectory: directory };
    if (isServiceFile(name, place)) return { name, file: serviceFile(name, place), entry };
  }
  const [wanted = ""] = names;
  const file = join(decodeByteString(directory), `${wanted}.ts`);
  const expected = `a built-in one, ${BUILT_IN_SERVICES.join(" or ")}, or a file "${file}"`;
  const message = `Cannot start the service "${wanted}": expected ${expected}`;
  const suggestion = nearMiss(wanted, BUILT_IN_SERVICES) ?? undefined;
  return warningAt(commandAt, encodeByteString(message), suggestion);
}

/** An `-o service_directory=…` of the line; the last one counts (MUL-17). */
function directoryOf(overrides: readonly Override[], { serviceDirectory }: Settings): string {
  const values = overrides.flatMap(({ text }) => {
    const split = splitNameValue(encodeByteString(text));
    return "reason" in split || split.name !== "service_directory" ? [] : [split.value];
  });
  return values.at(-1) ?? serviceDirectory;
}
