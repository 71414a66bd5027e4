/** What is logged when clients wait because a service may not have more children (MST-75). */
import { warning } from "./report.ts";
import type { Report } from "./report.ts";

export function busyReports(
  { externalName, canonicalName }: Readonly<{ externalName: string; canonicalName: string }>,
  processLimit: number,
): readonly Report[] {
  const limit = `process limit "${processLimit}"`;
  return [
    `service "${externalName}" (${canonicalName}) has reached its ${limit}: new clients may experience noticeable delays`,
    "to avoid this condition, increase the process count in master.cf or reduce the service time per client",
    "see http://www.postfix.org/STRESS_README.html for examples of stress-adapting configuration settings",
  ].map(warning);
}
