/**
 * The master from its first instruction to the event loop, in the order of MST-01 to MST-22. What
 * fails on the way is logged, and printed for as long as there is somewhere to print to.
 */
import { writeSync } from "node:fs";

import { cleanEnvironment } from "../config/import-environment.ts";
import { hasErrors, recordText } from "../config/problem.ts";
import type { Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { closeFd, closeInheritedDescriptors, openNullOn } from "../os/descriptor.ts";
import { ownPath } from "../os/executable.ts";
import { currentHost } from "../os/host.ts";
import { isSetId } from "../os/identity.ts";
import { startSession } from "../os/process.ts";
import { throwSystemError } from "../os/system-error.ts";
import { version } from "../protocol/version.ts";
import { startInBackground, takeReadyFd } from "./background.ts";
import { runDebugger } from "./debugger.ts";
import { loadMainCf, loadServices } from "./load-configuration.ts";
import { noMasterRuns, takeLocks } from "./lock-files.ts";
import { MasterLog } from "./master-log.ts";
import { parseMasterOptions } from "./options.ts";
import type { MasterOptions } from "./options.ts";
import { requireRootlessMode } from "./rootless.ts";
import { RunningMaster } from "./running-master.ts";
import { attempt, StartFailure } from "./start-failure.ts";

const DEFAULT_DIRECTORY = "/etc/postfix";
const FATAL_PAUSE_MILLISECONDS = 1000;

/** `words` is the command line without the program's name. Serves until the process ends. */
export async function runMaster(argv0: string, words: readonly string[]): Promise<void> {
  process.umask(0o077);
  const readyFd = takeReadyFd();
  closeInheritedDescriptors(readyFd === null ? [] : [readyFd]);
  const parsed = parseMasterOptions(argv0, words, process.env);
  const options = "options" in parsed ? parsed.options : null;
  const log = new MasterLog({
    verbosity: options?.verbosity ?? 0,
    keepStdout: options?.keepStdout ?? false,
  });
  process.on("uncaughtException", (error) => log.panic(error));
  process.on("unhandledRejection", (reason) => log.panic(reason));
  try {
    if (isSetId()) throw new StartFailure("the master command must not run as a set-uid process");
    if (!("options" in parsed)) {
      if (parsed.getopt !== undefined) writeIfPossible(2, `${parsed.getopt}\n`);
      throw new StartFailure(parsed.fault);
    }
    await start({ argv0, words, options: parsed.options, readyFd, log });
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    log.problems(error.problems.filter((problem) => problem !== error.soleError));
    log.logger.fatal(
      error.soleError === null ? error.message : decodeByteString(recordText(error.soleError)),
    );
    await Bun.sleep(FATAL_PAUSE_MILLISECONDS); // MCF-04: a restart in a loop is slowed down
    process.exit(1);
  }
}

type Start = Readonly<{
  argv0: string;
  words: readonly string[];
  options: MasterOptions;
  readyFd: number | null;
  log: MasterLog;
}>;

async function start({ argv0, words, options, readyFd, log }: Start): Promise<void> {
  // Read before the working directory and the root can change.
  const executable = ownPath();
  const host = attempt("look at this machine", "free descriptors", () =>
    currentHost({ processName: "master", argv0 }),
  );
  const directory = options.configDirectory ?? process.env["MAIL_CONFIG"] ?? DEFAULT_DIRECTORY;
  if (host.callerUid !== 0) requireRootlessMode(directory);
  if (options.initMode && process.pid !== 1) {
    throw new StartFailure(`the -i option is for process 1 only, and this is ${process.pid}`);
  }
  if (options.waitForStart && readyFd === null) {
    const failure = startInBackground(executable, argv0, words);
    if (failure === null) process.exit(0);
    throw new StartFailure(failure);
  }
  leaveTerminal(options);

  const loaded = await loadMainCf(directory, host);
  if (loaded.value === null || hasErrors(loaded.problems)) {
    const services = loaded.value === null ? null : await loadServices(loaded.value, host);
    throw configurationFailure([...loaded.problems, ...(services?.problems ?? [])]);
  }
  const { settings } = loaded.value;
  const environment = childEnvironment(settings, directory);
  log.useSettings(settings);
  enterQueueDirectory(settings);
  if (options.testLock) process.exit(noMasterRuns() ? 0 : 1);
  log.problems(loaded.problems);
  takeLocks(settings);
  if (options.debugger) runDebugger(settings, log.logger);

  const services = await loadServices(loaded.value, host);
  if (hasErrors(services.problems)) throw configurationFailure(services.problems);
  log.problems(services.problems);
  const parts = { log, argv0, options, environment, ownPath: executable };
  const master = new RunningMaster(parts, settings);
  const refused = master.activate(services.value);
  if (hasErrors(refused)) throw configurationFailure(refused);
  log.problems(refused);

  master.serve();
  log.logger.info(`daemon started -- version ${version}, configuration ${directory}`);
  log.closeTerminal();
  if (readyFd !== null) reportReady(readyFd);
}

/** MST-10 and MST-11. Standard output is kept for a log file that is /dev/stdout. */
function leaveTerminal(options: MasterOptions): void {
  if (options.keepTerminal) return;
  for (const fd of options.keepStdout ? [0, 2] : [0, 1, 2]) {
    attempt(`open /dev/null as descriptor ${fd}`, "a readable device", () => openNullOn(fd));
  }
  // To look at a lock needs no session (MST-11, deviation).
  if (options.debugger || options.initMode || options.testLock) return;
  attempt(
    "start a session",
    "not to lead a process group; use -w, or -d to stay in the foreground",
    startSession,
  );
}

function enterQueueDirectory({ queueDirectory }: Settings): void {
  const path = decodeByteString(queueDirectory);
  attempt(`use queue_directory "${path}"`, "an existing directory that we may enter", () => {
    try {
      process.chdir(path);
    } catch (error) {
      throwSystemError(error, path);
    }
  });
}

/** MST-14: what children get is made once; our own environment no longer matters. */
function childEnvironment(settings: Settings, directory: string): Record<string, string> {
  return cleanEnvironment(settings.importEnvironment, {
    ...process.env,
    POSTLOG_SERVICE: undefined, // whoever logs to a file is told so anew (MST-132)
    POSTLOG_HOSTNAME: undefined,
    MAIL_CONFIG: directory,
    MAIL_LOGTAG: decodeByteString(settings.syslogName), // MCF-73
  });
}

function configurationFailure(problems: readonly Problem[]): StartFailure {
  const count = problems.filter(({ severity }) => severity === "error").length;
  return new StartFailure(`${count} errors in the configuration: nothing was started`, problems);
}

/** One byte; that it comes is all that counts (MST-136). */
function reportReady(readyFd: number): void {
  writeIfPossible(readyFd, "\0");
  closeFd(readyFd);
}

/** Whoever waited for it may be gone. */
function writeIfPossible(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}
