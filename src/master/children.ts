/** The child processes of all services: started, listened to, and seen off. */
import { constants } from "node:os";

import type { Settings } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import { ProcessHandle } from "../os/process-handle.ts";
import { setOpenFileLimit, signalProcess } from "../os/process.ts";
import type { Readiness } from "../os/readiness.ts";
import { SystemError } from "../os/system-error.ts";
import { judgeExit, survivorReport } from "../policy/child-exit.ts";
import type { Ending } from "../policy/child-exit.ts";
import { newChild } from "../policy/child.ts";
import type { ServiceEvent } from "../policy/service.ts";
import { judgeStatus } from "../policy/status-record.ts";
import { decodeStatusRecord } from "../protocol/status-record.ts";
import { ChildStderr } from "./child-stderr.ts";
import { Generation } from "./generation.ts";
import { LimitedLog } from "./limited-log.ts";
import type { LiveChild, LiveService } from "./live-service.ts";
import { commandLine, spawnChild } from "./spawn-child.ts";
import type { ChildSurroundings, CommandLine, RawEnding } from "./spawn-child.ts";
import { writeReport } from "./write-report.ts";

export type ChildrenParts = Readonly<{
  log: Logger;
  readiness: Readiness;
  surroundings: ChildSurroundings;
}>;

type Limits = Pick<Settings, "childStderr" | "childOpenFileLimit">;

const STANDARD_ERROR = 2;

export class Children {
  readonly #parts: ChildrenParts;
  readonly #onEvent: (service: LiveService, event: ServiceEvent) => void;
  readonly #limitedLog: LimitedLog;
  #limits: Limits = { childStderr: "null", childOpenFileLimit: 0 };
  /** Advances with every attempt (MST-77). */
  #generation = 0;
  readonly #children = new Map<number, LiveChild>();

  constructor(parts: ChildrenParts, onEvent: (service: LiveService, event: ServiceEvent) => void) {
    this.#parts = parts;
    this.#onEvent = onEvent;
    this.#limitedLog = new LimitedLog(parts.log);
  }

  get pids(): readonly number[] {
    return [...this.#children.keys()];
  }

  /** For the children that are started from now on. */
  useSettings(limits: Limits): void {
    this.#limits = limits;
  }

  spawn(service: LiveService, stress: boolean): void {
    const { surroundings } = this.#parts;
    const { plan, listeners } = service;
    const { path, argv } = commandLine(surroundings, plan, {
      listenerCount: listeners.length,
      stress,
    });
    const run = { path, commandLine: argv };
    const number = ++this.#generation;
    const started = this.#start(service, { path, argv }, number, (ending) =>
      this.#exited(child, ending),
    );
    if ("reason" in started) {
      const cause = { type: "spawn-failed", reason: started.reason } as const;
      service.failure = { ...run, cause, lastErrorLine: null };
      return this.#onEvent(service, { type: "spawn-failed" });
    }
    const { pid, generation } = started;
    const { identity } = plan.entry;
    const facts = newChild({ ...run, pid, generation: number, service: identity });
    const child: LiveChild = { facts, service, generation, handle: new ProcessHandle(pid) };
    generation.enter();
    this.#children.set(pid, child);
    this.#limitOpenFiles(pid);
    this.#parts.log.verbose(1, `started ${path} pid ${pid} generation ${number}`);
    this.#onEvent(service, { type: "child-spawned" });
  }

  /** They belong to a service that is removed: their end is no news. */
  dismiss(service: LiveService): void {
    for (const child of this.#childrenOf(service)) {
      child.facts = { ...child.facts, dismissed: true };
      signalProcess(child.facts.pid, "SIGTERM");
    }
  }

  killDismissed(service: LiveService, afterSeconds: number): void {
    for (const { facts } of this.#childrenOf(service)) {
      if (!facts.dismissed) continue;
      writeReport(this.#parts.log, survivorReport(facts, afterSeconds));
      signalProcess(facts.pid, "SIGKILL");
    }
  }

  /** The service is gone, and so are its children. */
  forget({ stderr }: LiveService): void {
    stderr?.close();
  }

  /** Our own sockets for it may fail like the start itself: then it is paused the same way. */
  #start(
    service: LiveService,
    command: CommandLine,
    number: number,
    onExit: (ending: RawEnding) => void,
  ): Readonly<{ pid: number; generation: Generation }> | Readonly<{ reason: string }> {
    try {
      service.generation ??= this.#newGeneration(service);
      const { generation, listeners } = service;
      const outcome = spawnChild(this.#parts.surroundings, {
        command,
        generation: number,
        stderrFd: this.#stderrFor(service),
        statusFd: generation.channel.childFd,
        listenerFds: listeners.map(({ fd }) => fd),
        onExit,
      });
      service.stderr?.afterSpawn();
      return "reason" in outcome ? outcome : { pid: outcome.pid, generation };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (service.generation?.isUnused === true) {
        service.generation.retire(); // whatever ran out may be needed to say so
        service.generation = null;
      }
      return { reason: error.message };
    }
  }

  #newGeneration(service: LiveService): Generation {
    const generation = new Generation({
      readiness: this.#parts.readiness,
      onRecord: (bytes) => this.#statusRecord(service, bytes),
      onBroken: (reason) => {
        const { externalName, canonicalName } = service.plan.entry;
        this.#parts.log.warn(
          `service ${externalName}(${canonicalName}): status channel lost (${reason}); ` +
            "the children that shared it will leave, the next one gets a new channel",
        );
        generation.retire();
        if (service.generation === generation) service.generation = null;
      },
    });
    return generation;
  }

  #statusRecord(service: LiveService, bytes: Uint8Array): void {
    const { byteLength: byteCount } = bytes;
    const record = decodeStatusRecord(bytes);
    const claimed =
      byteCount >= 4
        ? { claimedPid: new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) }
        : {};
    const child = record === null ? undefined : this.#children.get(record.pid);
    const { entry } = service.plan;
    const verdict = judgeStatus({
      service: entry,
      record,
      byteCount,
      ...claimed,
      child: child?.facts,
    });
    if (verdict.type === "ignored") {
      if (verdict.report === null) return;
      return this.#limitedLog.write(`status of service ${entry.externalName}`, verdict.report);
    }
    if (child === undefined) throw new Error("a status record of nobody was accepted");
    child.facts = verdict.child;
    this.#onEvent(child.service, verdict.event);
  }

  #exited(child: LiveChild, raw: RawEnding): void {
    const { service, generation } = child;
    using handle = child.handle;
    const ending = readEnding(raw, handle);
    // What it said before it died comes first, or a good child would look like a bad start.
    generation.channel.drain();
    service.stderr?.read();
    const { facts } = child;
    const { path, commandLine: argv, pid, idle: wasIdle, retiring: wasRetiring } = facts;
    const lastErrorLine = service.stderr?.takeLastLine(pid) ?? null;

    this.#children.delete(pid);
    const { badStart, report } = judgeExit(facts, ending, service.state);
    if (report !== null) writeReport(this.#parts.log, report);
    if (badStart) {
      const cause = { type: "child-ended", pid, ending } as const;
      service.failure = { path, commandLine: argv, cause, lastErrorLine };
    }
    this.#onEvent(service, { type: "child-exited", wasIdle, wasRetiring, badStart });
    generation.leave();
  }

  #childrenOf(service: LiveService): LiveChild[] {
    return [...this.#children.values()].filter((child) => child.service === service);
  }

  #stderrFor(service: LiveService): number {
    const { surroundings, readiness } = this.#parts;
    if (surroundings.debug || this.#limits.childStderr === "null") return STANDARD_ERROR;
    if (service.stderr === null) {
      const { externalName } = service.plan.entry;
      service.stderr = new ChildStderr(externalName, readiness, this.#limitedLog);
    }
    return service.stderr.childFd;
  }

  #limitOpenFiles(pid: number): void {
    const { childOpenFileLimit } = this.#limits;
    if (childOpenFileLimit === 0) return;
    try {
      setOpenFileLimit(pid, childOpenFileLimit);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code === "ESRCH") return; // gone already: its exit is the next event
      this.#limitedLog.warning(
        "child_open_file_limit",
        `Cannot set child_open_file_limit of process ${pid} to ${childOpenFileLimit}: ${error.reason}`,
      );
    }
  }
}

function readEnding(raw: RawEnding, handle: ProcessHandle): Ending {
  if ("exitStatus" in raw) return raw;
  const { signal } = raw;
  const number = typeof signal === "number" ? signal : constants.signals[signal];
  return { signal: number, coreDumped: handle.dumpedCore() };
}
