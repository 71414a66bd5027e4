/** A multi-server child as a process: its log, and how it ends when it fails (MCF-04). */
import { basename } from "node:path";

import { SystemError } from "../os/system-error.ts";
import { ChildFailure } from "./child-failure.ts";
import { ChildLog } from "./child-log.ts";
import { describeException } from "./exception.ts";
import { parseServerOptions } from "./options.ts";
import type { Service } from "./service.ts";
import { startUp } from "./start-up.ts";

const FATAL_PAUSE_MILLISECONDS = 1000;

/** Which services there are. server/ does not know the built-in ones. */
export type ServiceCatalogue = Readonly<{
  has(name: string): boolean;
  load(name: string): Promise<Service>;
}>;

/** `argv` is the command line without its first word. Serves until the process ends. */
export async function runServer(
  argv0: string,
  argv: readonly string[],
  catalogue: ServiceCatalogue,
): Promise<void> {
  const { env } = process;
  const options = parseServerOptions(argv);
  const verbosity =
    (typeof options === "string" ? 0 : options.verbosity) +
    Number(env["MAIL_VERBOSE"] !== undefined);
  const log = new ChildLog(basename(argv0), verbosity, env);
  process.on("SIGXFSZ", () => {}); // MUL-23: a file that grows too large is an error, not a death
  const fail = async (error: unknown): Promise<void> => {
    log.logger.fatal(describeFailure(error));
    await Bun.sleep(FATAL_PAUSE_MILLISECONDS); // MCF-04: a restart in a loop is slowed down
    process.exit(1);
  };
  process.on("uncaughtException", (error) => void fail(error));
  process.on("unhandledRejection", (error) => void fail(error));
  try {
    await startUp({ argv0, options, catalogue, log });
  } catch (error) {
    await fail(error);
  }
}

/** What an operator can put right is one sentence; anything else is a mistake in a program. */
function describeFailure(error: unknown): string {
  if (error instanceof ChildFailure || error instanceof SystemError) return error.message;
  return `unexpected error: ${describeException(error)}`;
}
