/** -D and MAIL_DEBUG: run the operator's debugger command on this process (MCF-78). */
import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { StartFailure } from "./start-failure.ts";

/** Waits for the command, as the original does; how it ends does not matter. */
export function runDebugger({ debuggerCommand }: Settings, log: Logger): void {
  if (debuggerCommand === null || debuggerCommand === "") {
    throw new StartFailure(
      "Cannot run a debugger: debugger_command is not set in main.cf; expected a shell command",
    );
  }
  const command = decodeByteString(debuggerCommand);
  log.info(`running: ${command}`);
  Bun.spawnSync(["/bin/sh", "-c", command], { stdio: ["inherit", "inherit", "inherit"] });
}
