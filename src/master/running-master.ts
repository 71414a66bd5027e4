/** The master in its event loop: signals in, reloads, timers, and the end. */
import { errorAt, hasErrors } from "../config/problem.ts";
import type { Problem } from "../config/problem.ts";
import type { ServicePlan } from "../config/service-entry.ts";
import type { Settings } from "../config/settings.ts";
import { startTimer } from "../os/clock.ts";
import { makePipe } from "../os/descriptor.ts";
import { currentHost } from "../os/host.ts";
import type { Owner } from "../os/identity.ts";
import { Readiness } from "../os/readiness.ts";
import { SystemError } from "../os/system-error.ts";
import { version } from "../protocol/version.ts";
import { closeListeners } from "./close-listeners.ts";
import { DEADLY_SIGNALS, die } from "./death.ts";
import { loadMainCf, loadServices } from "./load-configuration.ts";
import type { MasterLog } from "./master-log.ts";
import type { MasterOptions } from "./options.ts";
import { adoptOrphans } from "./orphans.ts";
import { prepareReload } from "./reload.ts";
import { Supervisor } from "./supervisor.ts";
import { unchangeable, withUnchangeable } from "./unchangeable.ts";
import { wakeUp } from "./wakeup.ts";

const WATCHDOG_SECONDS = 1000; // MST-128

export type MasterParts = Readonly<{
  log: MasterLog;
  argv0: string;
  options: MasterOptions;
  /** Cleaned once, at the start (MST-33). */
  environment: Readonly<Record<string, string>>;
  ownPath: string;
}>;

export class RunningMaster {
  readonly #parts: MasterParts;
  readonly #first: Settings;
  #owner: Owner;
  readonly #supervisor: Supervisor;
  #reloading = false;
  #reloadAgain = false;

  constructor(parts: MasterParts, settings: Settings) {
    const { log, options, environment, ownPath } = parts;
    const { logger } = log;
    this.#parts = parts;
    this.#first = settings;
    const readiness = new Readiness({ watchdogSeconds: WATCHDOG_SECONDS });
    log.giveLastWords(readiness, `watchdog timeout: no progress for ${WATCHDOG_SECONDS}s`);
    this.#owner = ownerOf(settings);
    this.#supervisor = new Supervisor(
      {
        log: logger,
        readiness,
        surroundings: {
          ownPath,
          environment: () => ({ ...environment, ...log.childEnvironment() }),
          flowPipe: makePipe({ nonBlocking: true }),
          debug: options.keepTerminal,
          verbose: options.verbosity > 0,
        },
        sendTrigger: (plan) => void wakeUp(plan, this.#owner, logger),
      },
      settings,
    );
  }

  /** Returns what stands in the way; then nothing was activated. */
  activate(plans: readonly ServicePlan[]): readonly Problem[] {
    const { value, problems } = prepareReload(this.#supervisor, this.#first, plans);
    return [...problems, ...(value?.commit().problems ?? [])];
  }

  serve(): void {
    const { log, options } = this.#parts;
    const { initMode, exitSeconds } = options;
    process.on("SIGALRM", () => {}); // the watchdog is a thread here: a stray alarm means nothing
    process.on("SIGHUP", () => void this.#reloadOnRequest());
    for (const signal of DEADLY_SIGNALS) {
      process.on(signal, () => {
        die(signal, { log: log.logger, initMode, childPids: this.#supervisor.childPids });
      });
    }
    if (process.pid === 1) adoptOrphans((pid) => this.#supervisor.childPids.includes(pid));
    if (exitSeconds !== null) {
      startTimer(exitSeconds, () => {
        log.logger.info("master exit time has arrived");
        process.exit(0);
      });
    }
  }

  /** Signals that come meanwhile ask for one more, after this one (MST-50). */
  async #reloadOnRequest(): Promise<void> {
    this.#reloadAgain = true;
    if (this.#reloading) return;
    this.#reloading = true;
    try {
      while (this.#reloadAgain) {
        this.#reloadAgain = false;
        await this.#reloadConfiguration();
      }
    } finally {
      this.#reloading = false;
    }
  }

  async #reloadConfiguration(): Promise<void> {
    const { log } = this.#parts;
    const directory = this.#first.configDirectory;
    log.logger.info(`reload -- version ${version}, configuration ${directory}`);
    const { settings, problems } = await this.#loadAndSwitch(directory).catch(refusedBySystem);
    log.problems(problems);
    if (settings === null) {
      const count = problems.filter(({ severity }) => severity === "error").length;
      log.logger.warn(
        `reload refused because of ${count} ${count === 1 ? "error" : "errors"}: ` +
          "the master goes on with the configuration it has; correct the files and reload again",
      );
      return;
    }
    for (const text of unchangeable(this.#first, settings)) log.logger.warn(text);
    log.useSettings(settings);
  }

  async #loadAndSwitch(directory: string): Promise<Reloaded> {
    const host = currentHost({ processName: "master", argv0: this.#parts.argv0 });
    const loaded = await loadMainCf(directory, host);
    if (loaded.value === null) return { settings: null, problems: loaded.problems };
    const { mainCf } = loaded.value;
    const settings = withUnchangeable(this.#first, loaded.value.settings);
    const services = await loadServices({ settings, mainCf }, host);
    const problems = [...loaded.problems, ...services.problems];
    if (hasErrors(problems)) return { settings: null, problems };
    const prepared = prepareReload(this.#supervisor, settings, services.value);
    problems.push(...prepared.problems);
    if (prepared.value === null) return { settings: null, problems };
    const switched = prepared.value.commit();
    problems.push(...switched.problems);
    closeListeners(switched.unused, this.#supervisor, this.#parts.log.logger);
    this.#owner = ownerOf(settings);
    return { settings: loaded.value.settings, problems };
  }
}

/** `settings` is null when nothing was changed. */
type Reloaded = Readonly<{ settings: Settings | null; problems: readonly Problem[] }>;

/** Out of descriptors or memory: the next reload may find more. */
function refusedBySystem(error: unknown): Reloaded {
  if (!(error instanceof SystemError)) throw error;
  return { settings: null, problems: [errorAt(null, `Cannot reload: ${error.message}`)] };
}

function ownerOf({ mailOwnerUid, mailOwnerGid }: Settings): Owner {
  return { uid: mailOwnerUid, gid: mailOwnerGid };
}
