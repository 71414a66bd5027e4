/** What the policy takes from a service's entry and from main.cf. */
import type { ServicePlan } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import type { ServiceSettings } from "./service.ts";

export function serviceSettings(
  { entry, localOnly }: ServicePlan,
  settings: Pick<Settings, "serviceThrottleSeconds" | "serviceThrottleInitialSeconds">,
): ServiceSettings {
  const { processLimit, wakeupSeconds, wakeupConditional } = entry;
  return {
    processLimit,
    stressAware: !localOnly && processLimit > 1, // SVC-45
    wakeupSeconds,
    wakeupConditional,
    throttleInitialSeconds: settings.serviceThrottleInitialSeconds,
    throttleMaximumSeconds: settings.serviceThrottleSeconds,
  };
}
