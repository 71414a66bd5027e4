/** Whether somebody who is not root may run a master here: only where main.cf says so. */
import { parseMainCf } from "../config/main-cf.ts";
import { readConfigurationFileNow } from "../os/configuration-file.ts";
import { SystemError } from "../os/system-error.ts";
import { StartFailure } from "./start-failure.ts";

/** Before anything else: a master of the ordinary kind tells a stranger nothing but this. */
export function requireRootlessMode(directory: string): void {
  if (asksForRootlessMode(`${directory}/main.cf`)) return;
  throw new StartFailure(
    "the master command is reserved for the superuser " +
      `(or set "rootless_mode = yes" in ${directory}/main.cf)`,
  );
}

function asksForRootlessMode(path: string): boolean {
  try {
    const { value } = parseMainCf(readConfigurationFileNow(path), path);
    return value.parameters.get("rootless_mode")?.value.toLowerCase() === "yes";
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}
