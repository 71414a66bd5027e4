/** What a service demands of its master.cf line (MUL-50 to MUL-52), and what must be given (MUL-31). */
import { ChildFailure } from "./child-failure.ts";
import { readTransport, type ServerOptions, type ServerTransport } from "./options.ts";
import type { Service } from "./service.ts";

/** `-l` and `-z` are facts that the master tells; a one-shot process has no siblings (MUL-60). */
export function checkRequirements(
  name: string,
  { requires }: Service,
  { oneShot, limitIsOne, unlimited, dropPrivileges }: ServerOptions,
): void {
  if (requires?.processLimit === 1 && !oneShot && !limitIsOne) {
    throw new ChildFailure(`service "${name}" needs a process limit of 1 in master.cf`);
  }
  if (requires?.processLimit === 0 && !oneShot && !unlimited) {
    throw new ChildFailure(`service "${name}" needs a process limit of 0 in master.cf`);
  }
  if (requires?.privileges === true && dropPrivileges) {
    throw new ChildFailure(`service "${name}" needs privileges: expected "n" as unprivileged`);
  }
}

export function requireTransport(text: string | null): ServerTransport {
  const transport = readTransport(text ?? "");
  if (transport !== null) return transport;
  throw new ChildFailure(
    text === null
      ? "no transport type was given: expected option -t inet, -t unix or -t pass"
      : `transport type "${text}" is not supported: expected inet, unix or pass`,
  );
}
