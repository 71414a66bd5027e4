/** From the first instruction to the first client, in the order of MUL-20 to MUL-39. */
import { basename } from "node:path";

import { describeProblem, type Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { currentHost } from "../os/host.ts";
import { enterJail } from "../os/jail.ts";
import { throwSystemError } from "../os/system-error.ts";
import { isTerminal } from "../os/terminal.ts";
import { GENERATION_VARIABLE, parseGeneration } from "../protocol/descriptors.ts";
import { type ChildConfiguration, readChildConfiguration } from "./child-configuration.ts";
import { attempt, ChildFailure } from "./child-failure.ts";
import type { ChildLog } from "./child-log.ts";
import { createContext } from "./context.ts";
import { DrainRequest } from "./drain-request.ts";
import { serveOnce } from "./one-shot.ts";
import type { ServerOptions } from "./options.ts";
import { readParameters } from "./parameters.ts";
import { checkRequirements, requireTransport } from "./requirements.ts";
import type { ServiceCatalogue } from "./run-server.ts";
import { selectService } from "./select-service.ts";
import { isServiceFile, loadServiceFile } from "./service-file.ts";
import type { Context, Service } from "./service.ts";
import { prepareServing } from "./start-serving.ts";

const DEFAULT_DIRECTORY = "/etc/postfix";

type Start = Readonly<{
  argv0: string;
  /** What is wrong with them, as text. */
  options: ServerOptions | string;
  catalogue: ServiceCatalogue;
  log: ChildLog;
}>;

export async function startUp({ argv0, options, catalogue, log }: Start): Promise<void> {
  const processName = basename(argv0);
  log.logger.verbose(1, "started");
  const overrides = typeof options === "string" ? [] : options.overrides;
  const configuration = await readConfiguration(processName, argv0, overrides, log);
  const { settings } = configuration;
  if (typeof options === "string") throw new ChildFailure(options); // MUL-19: after main.cf
  if (options.logToStderr) log.alsoToStderr();
  log.useSettings(settings);
  refuseHandStart(options, log);

  const exists = (name: string) => catalogue.has(name) || isServiceFile(name, settings);
  const { name, words } = selectService(processName, options, exists);
  const service = catalogue.has(name)
    ? await catalogue.load(name)
    : await loadServiceFile(name, settings, (problem) => report([problem], log));
  const drain = new DrainRequest();
  const context = createContext({
    name: options.serviceName ?? processName,
    words,
    parameters: parametersOf(service, configuration, log),
    log: log.logger,
    limits: { maxUse: settings.maxUse, maxIdleSeconds: settings.maxIdleSeconds },
    drain: () => drain.request(),
  });
  checkRequirements(context.name, service, options);
  const transport = options.oneShot ? null : requireTransport(options.transport);
  const generation = readGeneration();
  if (options.debugger || process.env["MAIL_DEBUG"] !== undefined) runDebugger(settings, log);

  const queueDirectory = decodeByteString(settings.queueDirectory);
  attempt(`use queue_directory "${queueDirectory}"`, "an existing directory", () =>
    changeDirectory(queueDirectory),
  );
  log.logger.verbose(1, `service ${context.name}, words: ${words.join(" ") || "none"}`);
  await service.beforeJail?.(context);
  if (options.chroot) new Date().getTimezoneOffset(); // MUL-36: out of reach later; takes up to 5 ms
  const serve =
    transport === null
      ? () => serveOnce({ service, context, settings })
      : prepareServing({ service, context, settings, options, transport, generation, drain, log });
  jail(options, settings, queueDirectory, log);
  await service.afterJail?.(context);
  await serve();
}

async function readConfiguration(
  processName: string,
  argv0: string,
  overrides: ServerOptions["overrides"],
  log: ChildLog,
): Promise<ChildConfiguration> {
  const directory = process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY;
  const host = currentHost({ processName, argv0 });
  const { value, problems } = await readChildConfiguration(directory, overrides, host);
  report(problems, log);
  if (value !== null) return value;
  throw new ChildFailure(`Cannot use the configuration in "${directory}": see the errors above`);
}

function parametersOf(
  service: Service,
  { dictionary }: ChildConfiguration,
  log: ChildLog,
): Context["parameters"] {
  const { value, problems } = readParameters(service.parameters, dictionary);
  report(problems, log);
  if (value !== null) return value;
  throw new ChildFailure("Cannot use the parameters of the service: see the errors above");
}

function report(problems: readonly Problem[], log: ChildLog): void {
  for (const problem of problems) {
    const line = decodeByteString(describeProblem({ ...problem, severity: "info" }));
    log.logger.write({ severity: problem.severity, text: line.replace("info: ", "") });
  }
}

/** MUL-28: a daemon without its master's descriptors is of no use. */
function refuseHandStart(options: ServerOptions, log: ChildLog): void {
  if (options.keepTerminal || options.oneShot || !isTerminal(0)) return;
  log.alsoToStderr();
  throw new ChildFailure("this command is started by the master and must not be run by hand");
}

function readGeneration(): number {
  const text = process.env[GENERATION_VARIABLE];
  const generation = parseGeneration(text);
  if (generation !== null) return generation;
  throw new ChildFailure(`Cannot read ${GENERATION_VARIABLE} "${text}": expected digits`);
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
function jail(
  options: ServerOptions,
  settings: Settings,
  queueDirectory: string,
  { logger }: ChildLog,
): void {
  const user = {
    name: decodeByteString(settings.mailOwner),
    uid: settings.mailOwnerUid,
    gid: settings.mailOwnerGid,
  };
  const isOwner = process.getuid?.() === user.uid && process.geteuid?.() === user.uid;
  const root = options.chroot ? queueDirectory : null;
  attempt(`give up privileges for mail_owner "${user.name}"`, "to be started by root", () =>
    enterJail({ user: options.dropPrivileges && !isOwner ? user : null, root }),
  );
  if (!options.dropPrivileges && root === null) return;
  const ids = options.dropPrivileges ? user.name : "its own ids";
  logger.verbose(2, `root directory ${root ?? "unchanged"}, runs with ${ids}`); // MUL-58
}
