/** The argument vector of a child (SVC-41 to SVC-49). Must not know how a child is started. */
import type { ServiceEntry } from "./service-entry.ts";

export type ChildCircumstances = Readonly<{
  /** The descriptors that are really passed (SVC-63). */
  listenerCount: number;
  localOnly: boolean;
  /** The master runs with -d, or with -v. */
  debug: boolean;
  verbose: boolean;
  /** The service's stress period is running at this moment (SVC-44). */
  stress: boolean;
}>;

export function childArguments(entry: ServiceEntry, circumstances: ChildCircumstances): string[] {
  const { externalName, transport, command, processLimit } = entry;
  const { listenerCount, localOnly, debug, verbose, stress } = circumstances;
  return [
    command,
    ...(processLimit === 1 ? ["-l"] : []),
    ...(processLimit === 0 ? ["-z"] : []),
    ...(baseName(command) === externalName ? [] : ["-n", externalName]),
    "-t",
    transport,
    ...(debug ? ["-d"] : []),
    ...(verbose ? ["-v"] : []),
    ...(entry.unprivileged ? ["-u"] : []),
    ...(entry.chroot ? ["-c"] : []),
    ...(isStressAware(entry, localOnly) ? ["-o", stress ? "stress=yes" : "stress="] : []),
    ...(listenerCount > 1 ? ["-s", `${listenerCount}`] : []),
    ...entry.arguments,
  ];
}

/** A service that strangers reach and that has more than one child to be short of (SVC-45). */
export function isStressAware(entry: ServiceEntry, localOnly: boolean): boolean {
  return !localOnly && entry.processLimit > 1;
}

function baseName(command: string): string {
  return command.slice(command.lastIndexOf("/") + 1);
}
