import { describe, expect, test } from "bun:test";

import { busyReports } from "../../src/policy/busy-report.ts";
import { serviceSettings } from "../../src/policy/service-settings.ts";
import { servicePlan } from "./service-plan.ts";

const mainCf = { serviceThrottleSeconds: 60, serviceThrottleInitialSeconds: 2 };

describe("what the policy takes from the configuration", () => {
  test("is the limit, the wakeup and the bounds of a throttle", () => {
    const plan = servicePlan("qmgr", {
      processLimit: 1,
      wakeupSeconds: 300,
      wakeupConditional: true,
    });
    expect(serviceSettings(plan, mainCf)).toEqual({
      processLimit: 1,
      stressAware: false,
      wakeupSeconds: 300,
      wakeupConditional: true,
      throttleInitialSeconds: 2,
      throttleMaximumSeconds: 60,
    });
  });

  test.each([
    [0, false, false],
    [1, false, false],
    [2, false, true],
    [100, false, true],
    [100, true, false],
  ])("limit %d and local only %p: stress mode %p (SVC-45)", (processLimit, localOnly, aware) => {
    const plan = { ...servicePlan("smtp", { processLimit }), localOnly };
    expect(serviceSettings(plan, mainCf).stressAware).toBe(aware);
  });
});

test("a busy service is reported in the words that log watchers know (MST-75)", () => {
  expect(busyReports({ externalName: "smtp", canonicalName: "25" }, 100)).toEqual([
    {
      severity: "warning",
      text: 'service "smtp" (25) has reached its process limit "100": new clients may experience noticeable delays',
    },
    {
      severity: "warning",
      text: "to avoid this condition, increase the process count in master.cf or reduce the service time per client",
    },
    {
      severity: "warning",
      text: "see http://www.postfix.org/STRESS_README.html for examples of stress-adapting configuration settings",
    },
  ]);
});
