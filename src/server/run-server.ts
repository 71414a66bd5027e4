/** A multi-server child from its first instruction to its first client, in the order of MUL-20 to MUL-39. */
import { basename } from "node:path";
import { isatty } from "node:tty";

import { recordText } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { currentHost } from "../os/host.ts";
import { enterJail } from "../os/jail.ts";
import { throwSystemError } from "../os/system-error.ts";
import { GENERATION_VARIABLE, parseGeneration } from "../protocol/descriptors.ts";
import { readChildConfiguration } from "./child-configuration.ts";
import { attempt, ChildFailure } from "./child-failure.ts";
import { ChildLog } from "./child-log.ts";
import { parseServerOptions, readTransport, type ServerOptions } from "./options.ts";
import { serveClients } from "./serve-clients.ts";
import type { Service } from "./service.ts";

const DEFAULT_DIRECTORY = "/etc/postfix";
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
  try {
    await start({ argv0, options, catalogue, log });
  } catch (error) {
    if (!(error instanceof ChildFailure)) throw error;
    log.logger.fatal(error.message);
    await Bun.sleep(FATAL_PAUSE_MILLISECONDS); // MCF-04: a restart in a loop is slowed down
    process.exit(1);
  }
}

type Start = Readonly<{
  argv0: string;
  options: ServerOptions | string;
  catalogue: ServiceCatalogue;
  log: ChildLog;
}>;

async function start({ argv0, options, catalogue, log }: Start): Promise<void> {
  const processName = basename(argv0);
  log.logger.verbose(1, "started");
  const overrides = typeof options === "string" ? [] : options.overrides;
  const settings = await readSettings(processName, argv0, overrides, log);
  if (typeof options === "string") throw new ChildFailure(options); // MUL-19: after main.cf
  if (options.logToStderr) log.alsoToStderr();
  log.useSettings(settings);

  refuseHandStart(options, log);
  const { name, words } = selectService(processName, options, catalogue);
  refuseUnfinished(options);
  const transport = readTransport(options.transport ?? "");
  if (transport === null || transport === "pass") {
    throw new ChildFailure(describeTransport(options.transport));
  }
  const generation = parseGeneration(process.env[GENERATION_VARIABLE]);
  if (generation === null) {
    throw new ChildFailure(
      `Cannot read ${GENERATION_VARIABLE} "${process.env[GENERATION_VARIABLE]}": expected digits`,
    );
  }
  if (options.debugger || process.env["MAIL_DEBUG"] !== undefined) runDebugger(settings, log);

  const queueDirectory = decodeByteString(settings.queueDirectory);
  attempt(`use queue_directory "${queueDirectory}"`, "an existing directory", () =>
    changeDirectory(queueDirectory),
  );
  const service = await catalogue.load(name);
  log.logger.verbose(1, `service ${name}, words: ${words.join(" ") || "none"}`);
  new Date().getTimezoneOffset(); // MUL-36: the zone's data may be out of reach later
  jail(options, settings, queueDirectory);
  await serveClients({ service, settings, options, transport, generation, log: log.logger });
}

async function readSettings(
  processName: string,
  argv0: string,
  overrides: ServerOptions["overrides"],
  log: ChildLog,
): Promise<Settings> {
  const directory = process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY;
  const host = currentHost({ processName, argv0 });
  const { value, problems } = await readChildConfiguration(directory, overrides, host);
  for (const problem of problems) {
    log.logger.write({
      severity: problem.severity,
      text: decodeByteString(recordText(problem)),
    });
  }
  if (value === null) {
    throw new ChildFailure(`Cannot use the configuration in "${directory}": see the errors above`);
  }
  return value;
}

/** MUL-28: a daemon without its master's descriptors is of no use. */
function refuseHandStart(options: ServerOptions, log: ChildLog): void {
  if (options.keepTerminal || options.oneShot || !isatty(0)) return;
  log.alsoToStderr();
  throw new ChildFailure("this command is started by the master and must not be run by hand");
}

/** By the name of the command, else its first word, else `-n` (design.md, chapter 1). */
function selectService(
  processName: string,
  { serviceName, words }: ServerOptions,
  catalogue: ServiceCatalogue,
): { name: string; words: readonly string[] } {
  const [first, ...rest] = words;
  if (catalogue.has(processName)) return { name: processName, words };
  if (first !== undefined && catalogue.has(first)) return { name: first, words: rest };
  if (serviceName !== null && catalogue.has(serviceName)) return { name: serviceName, words };
  throw new ChildFailure(
    `Cannot find the service "${first ?? serviceName ?? processName}": expected a built-in one`,
  );
}

function refuseUnfinished({ oneShot }: ServerOptions): void {
  if (oneShot) throw new ChildFailure("option -S: one-shot mode is not available in this version");
}

function describeTransport(text: string | null): string {
  if (text === null) return "no transport type was given: expected option -t inet or -t unix";
  return `transport type "${text}" is not supported: expected inet or unix`;
}

/** MCF-78: how the command ends does not matter. */
function runDebugger({ debuggerCommand }: Settings, log: ChildLog): void {
  if (debuggerCommand === null || debuggerCommand === "") {
    throw new ChildFailure("Cannot run a debugger: expected a value of debugger_command");
  }
  const command = decodeByteString(debuggerCommand);
  log.logger.info(`running: ${command}`);
  Bun.spawnSync(["/bin/sh", "-c", command], { stdio: ["inherit", "inherit", "inherit"] });
}

function changeDirectory(path: string): void {
  try {
    process.chdir(path);
  } catch (error) {
    throwSystemError(error);
  }
}

/** Under a rootless master, mail_owner is the current user already. */
function jail(options: ServerOptions, settings: Settings, queueDirectory: string): void {
  const user = {
    name: decodeByteString(settings.mailOwner),
    uid: settings.mailOwnerUid,
    gid: settings.mailOwnerGid,
  };
  const isOwner = process.getuid?.() === user.uid && process.geteuid?.() === user.uid;
  attempt(`give up privileges for mail_owner "${user.name}"`, "to be started by root", () =>
    enterJail({
      user: options.dropPrivileges && !isOwner ? user : null,
      root: options.chroot ? queueDirectory : null,
    }),
  );
}
