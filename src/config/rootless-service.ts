/** What a service may not ask of a master that is not root. Knows only the two columns that ask for it. */
import type { Host } from "./host.ts";
import { errorAt, type Position, type Problem } from "./problem.ts";
import type { Field } from "./service-fields.ts";
import type { Settings } from "./settings.ts";

/** Root may run the same configuration as any other master would. */
export function isRootless(settings: Settings, host: Host): boolean {
  return settings.rootlessMode && host.callerUid !== 0;
}

/** A field that is missing is reported as such, not here. */
export function refusePrivileges(
  asked: Readonly<{ unprivileged: boolean; chroot: boolean }>,
  unprivileged: Field | undefined,
  chroot: Field | undefined,
): Problem[] {
  const problems: Problem[] = [];
  if (unprivileged !== undefined && !asked.unprivileged) {
    problems.push(
      refusal(unprivileged.at, `"${unprivileged.text}" in field "unprivileged" asks for root`, "y"),
    );
  }
  if (chroot !== undefined && asked.chroot) {
    problems.push(refusal(chroot.at, `"${chroot.text}" in field "chroot" asks for a chroot`, "n"));
  }
  return problems;
}

function refusal(at: Position, what: string, expected: string): Problem {
  return errorAt(
    at,
    `Cannot do this with rootless_mode = yes: ${what}, expected "${expected}"`,
    expected,
  );
}
