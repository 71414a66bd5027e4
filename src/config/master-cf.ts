/**
 * master.cf to services (SVC-01 to SVC-58). Every entry is read, whatever is wrong with the others; one
 * with an error is left out. Must not know which addresses a host name has.
 */
import { serviceDisabler } from "./disabled-services.ts";
import type { Host } from "./host.ts";
import { type LogicalLine, positionAt, readLogicalLines } from "./logical-lines.ts";
import { nearMiss } from "./near-miss.ts";
import { type Checked, errorAt, hasErrors, type Problem, warningAt } from "./problem.ts";
import type { ServiceEntry } from "./service-entry.ts";
import { FIELD_NAMES, isDefault, isDelimiter, splitFields } from "./service-fields.ts";
import { readServiceEntry, TRANSPORTS } from "./service-line.ts";
import type { Settings } from "./settings.ts";

export function parseMasterCf(
  text: string,
  file: string,
  settings: Settings,
  host: Host,
): Checked<readonly ServiceEntry[]> {
  const lines = readLogicalLines(text, file);
  const problems: Problem[] = [...lines.problems];
  const entries = new Map<string, ServiceEntry>();
  const isDisabled = disabler(settings, problems);

  for (const line of lines.value) {
    const entry = readLine(line, { settings, host, isDisabled }, problems);
    if (entry === null) continue;
    const earlier = entries.get(entry.identity);
    if (earlier !== undefined) problems.push(duplicate(earlier, entry));
    entries.set(entry.identity, entry); // a Map keeps the place of the first one (SVC-50)
  }
  return { value: [...entries.values()], problems };
}

type Surroundings = {
  settings: Settings;
  host: Host;
  isDisabled: (name: string, transport: string) => boolean;
};

/** Null for an entry that is disabled or has an error. */
function readLine(
  line: LogicalLine,
  { settings, host, isDisabled }: Surroundings,
  problems: Problem[],
): ServiceEntry | null {
  const { fields, restOffset } = splitFields(line);
  const [name, transport] = fields;
  if (name === undefined || transport === undefined) {
    problems.push(missingField(line, fields.length));
    return null;
  }
  if (isDefault(transport)) {
    problems.push(errorAt(transport.at, 'Field "transport type" has no default: found "-"'));
    return null;
  }
  if (isDisabled(name.text, transport.text)) return null; // before anything else is looked at (SVC-57)

  const faults: Problem[] = [];
  const known = TRANSPORTS.find((candidate) => candidate === transport.text);
  if (known === undefined) {
    faults.push(
      errorAt(
        transport.at,
        `Cannot use transport type "${transport.text}": expected one of ${TRANSPORTS.join(", ")}`,
        likelyTransport(transport.text.toLowerCase()),
      ),
    );
  }
  if (fields.length < FIELD_NAMES.length) faults.push(missingField(line, fields.length));
  const entry = readServiceEntry(
    { line, fields, restOffset, transport: known, settings, host },
    faults,
  );
  problems.push(...faults);
  return hasErrors(faults) ? null : entry;
}

/** Without a usable protocol every inet service is disabled, before all other patterns (SVC-61). */
function disabler(settings: Settings, problems: Problem[]): Surroundings["isDisabled"] {
  if (settings.families.length > 0) return serviceDisabler(settings.masterServiceDisable);
  problems.push(
    warningAt(
      null,
      `inet_protocols = ${settings.inetProtocols}: no network protocol is left, expected at least one that this system supports`,
    ),
    warningAt(null, 'Disabled every service of type "inet" because no network protocol is left'),
  );
  return serviceDisabler(`inet ${settings.masterServiceDisable}`);
}

function likelyTransport(text: string): string | undefined {
  return TRANSPORTS.find((known) => known === text) ?? nearMiss(text, TRANSPORTS) ?? undefined;
}

function missingField(line: LogicalLine, count: number): Problem {
  const end = endOfText(line.text);
  return errorAt(
    positionAt(line, end),
    `Field "${FIELD_NAMES[count] ?? "command"}" is missing: expected ${FIELD_NAMES.join(", ")}`,
  );
}

function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && isDelimiter(text.charCodeAt(end - 1))) end--;
  return end;
}

function duplicate(earlier: ServiceEntry, entry: ServiceEntry): Problem {
  return warningAt(
    entry.at,
    `duplicate master.cf entry for service "${earlier.externalName}" (${earlier.canonicalName}), first seen on line ${earlier.at.line} -- using the last entry`,
  );
}
