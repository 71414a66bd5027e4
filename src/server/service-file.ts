/** Services that stand in files of service_directory. What is in the files is for others to know. */
import { statSync } from "node:fs";

import type { Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { ChildFailure } from "./child-failure.ts";
import type { Service } from "./service.ts";

/** No path: a name leads nowhere else. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

export function serviceFile(name: string, { serviceDirectory }: Settings): string {
  return `${decodeByteString(serviceDirectory)}/${name}.ts`;
}

export function isServiceFile(name: string, settings: Settings): boolean {
  if (!NAME.test(name)) return false;
  return statSync(serviceFile(name, settings), { throwIfNoEntry: false }) !== undefined;
}

/** The loader is loaded only by those who need it: a built-in service starts faster. */
export async function loadServiceFile(
  name: string,
  settings: Settings,
  report: (problem: Problem) => void,
): Promise<Service> {
  const path = serviceFile(name, settings);
  const [{ ServiceLoader }, { publicExports }] = await Promise.all([
    import("./load-service.ts"),
    import("./public-exports.ts"),
  ]);
  const user = { uid: process.geteuid?.() ?? 0 };
  const { value, problems } = await new ServiceLoader(user, publicExports).load(path);
  for (const problem of problems) report(problem);
  if (value !== null) return value;
  throw new ChildFailure(`Cannot use the service file "${path}": see the errors above`);
}
