/**
 * The columns of one line to a service entry (SVC-11 to SVC-31). Collects every fault of the line. Must
 * not know other entries.
 */
import { splitArguments } from "./brace-tokens.ts";
import type { Host } from "./host.ts";
import type { LogicalLine } from "./logical-lines.ts";
import { errorAt, type Problem } from "./problem.ts";
import { isRootless, refusePrivileges } from "./rootless-service.ts";
import { inetEndpoint, pathEndpoint } from "./service-endpoint.ts";
import type { EndpointRequest, ServiceEntry, Transport } from "./service-entry.ts";
import { type Field, type FieldName, isDefault, readFlag, readNumber } from "./service-fields.ts";
import type { Settings } from "./settings.ts";
import { isUtf8 } from "./utf-8.ts";

export const TRANSPORTS: readonly Transport[] = ["inet", "unix", "unix-dgram", "fifo", "pass"];

export type ServiceLine = Readonly<{
  line: LogicalLine;
  fields: readonly Field[];
  restOffset: number;
  /** Undefined when the transport is not known. */
  transport: Transport | undefined;
  settings: Settings;
  host: Host;
}>;

/** Null when a column is missing or the transport is unknown; otherwise look at `problems`, too. */
export function readServiceEntry(source: ServiceLine, problems: Problem[]): ServiceEntry | null {
  const { line, restOffset, transport, settings } = source;
  const field = (name: FieldName): Field | undefined =>
    source.fields.find((candidate) => candidate.name === name);

  const name = field("service name");
  const isPrivate = flag(field("private"), true, problems);
  const endpoint = readEndpoint(source, isPrivate, problems);
  const unprivileged = flag(field("unprivileged"), true, problems);
  const chroot = readChroot(field("chroot"), settings, problems);
  const wakeup = field("wakeup_time");
  const wakeupSeconds = number(wakeup, { defaultValue: 0, suffix: "?" }, problems);
  const processLimit = number(
    field("max_proc"),
    { defaultValue: settings.defaultProcessLimit, suffix: "" },
    problems,
  );
  const command = field("command");
  if (command !== undefined && isDefault(command)) {
    problems.push(errorAt(command.at, 'Field "command" has no default: found "-"'));
  }
  const words = splitArguments(line, restOffset);
  if (command !== undefined) problems.push(...words.problems);
  problems.push(...refuseOtherEncodings(name, command, words.value));
  if (isRootless(settings, source.host)) {
    const asked = { unprivileged, chroot };
    problems.push(...refusePrivileges(asked, field("unprivileged"), field("chroot")));
  }
  if (name === undefined || command === undefined || transport === undefined) return null;
  if (endpoint === null) return null;
  return {
    externalName: name.text,
    canonicalName: endpoint.canonicalName,
    transport,
    identity: `${endpoint.canonicalName} ${transport}`,
    private: isPrivate,
    unprivileged,
    chroot,
    wakeupSeconds,
    wakeupConditional: wakeupSeconds > 0 && wakeup?.text.endsWith("?") === true,
    processLimit,
    command: command.text,
    path: `${settings.daemonDirectory}/${command.text}`,
    arguments: words.value,
    request: endpoint.request,
    at: name.at,
    nameAt: name.at,
    commandAt: command.at,
  };
}

/** The runtime starts programs with text: other bytes would reach the child as something else. */
function refuseOtherEncodings(
  name: Field | undefined,
  command: Field | undefined,
  words: readonly string[],
): Problem[] {
  const parts = [name?.text ?? "", command?.text ?? "", ...words];
  const bad = parts.find((text) => !isUtf8(text));
  const place = bad === name?.text ? name : command;
  if (bad === undefined || place === undefined) return [];
  return [errorAt(place.at, `Cannot pass "${bad}" to a program: expected UTF-8`)];
}

type NamedEndpoint = { canonicalName: string; request: EndpointRequest };

function readEndpoint(
  { fields, transport, settings, host }: ServiceLine,
  isPrivate: boolean,
  problems: Problem[],
): NamedEndpoint | null {
  const [name, , privacy] = fields;
  if (name === undefined || transport === undefined) return null;
  if (transport !== "inet") return pathEndpoint(name, transport, isPrivate, problems);
  if (isPrivate && privacy !== undefined && (privacy.text === "y" || isDefault(privacy))) {
    problems.push(
      errorAt(
        privacy.at,
        `An inet service cannot be private: found "${privacy.text}" in field "private", expected "n"`,
        "n",
      ),
    );
  }
  return inetEndpoint(name, settings, host, problems);
}

function flag(field: Field | undefined, defaultValue: boolean, problems: Problem[]): boolean {
  return field === undefined ? defaultValue : readFlag(field, defaultValue, problems);
}

function number(
  field: Field | undefined,
  rule: { defaultValue: number; suffix: string },
  problems: Problem[],
): number {
  return field === undefined ? rule.defaultValue : readNumber(field, rule, problems);
}

/** The default was "y" before compatibility level 1 (SVC-27). */
function readChroot(field: Field | undefined, settings: Settings, problems: Problem[]): boolean {
  const legacyDefault = settings.compatibilityLevel[0] < 1;
  if (field !== undefined && isDefault(field) && legacyDefault) {
    problems.push({
      severity: "info",
      at: field.at,
      message: 'Field "chroot" is "-": used the default "y" of compatibility_level below 1',
    });
  }
  return flag(field, legacyDefault, problems);
}
