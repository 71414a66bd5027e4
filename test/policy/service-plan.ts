/** Plans for tests: a UNIX service unless told otherwise. */
import type { Endpoint, ServiceEntry, ServicePlan } from "../../src/config/service-entry.ts";

export function servicePlan(
  name: string,
  changes: Partial<ServiceEntry> = {},
  endpoints?: readonly Endpoint[],
): ServicePlan {
  const transport = changes.transport ?? "unix";
  const canonicalName = changes.canonicalName ?? `private/${name}`;
  const at = { file: "/etc/postfix/master.cf", line: 1, column: 1 };
  return {
    entry: {
      externalName: name,
      canonicalName,
      transport,
      identity: `${canonicalName} ${transport}`,
      private: true,
      unprivileged: true,
      chroot: false,
      wakeupSeconds: 0,
      wakeupConditional: false,
      processLimit: 100,
      command: name,
      path: `/daemons/${name}`,
      arguments: [],
      request: { type: "path", path: canonicalName },
      at,
      nameAt: at,
      commandAt: at,
      ...changes,
    },
    endpoints: endpoints ?? [{ kind: "stream", path: canonicalName }],
    localOnly: true,
  };
}
