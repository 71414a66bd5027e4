/** The one logger. Where records go is for its destinations to know, what they mean for others. */
import { type ConsolaInstance, createConsola, LogLevels, type LogObject } from "consola/core";

import type { LogRecord, Severity } from "./record.ts";

/** Must neither block nor throw: a log that fails is no reason to fail. */
export type Destination = { write(record: LogRecord): void };

export type LoggerOptions = Readonly<{
  tag: string;
  /** MCF-06: which records of `verbose` are written. */
  verbosity: number;
  destinations: readonly Destination[];
}>;

export type Logger = Readonly<{
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  fatal(text: string): void;
  panic(text: string): void;
  write(record: Pick<LogRecord, "severity" | "text">): void;
  /** An info record for those who asked for as much: `level` 1 is ordinary detail. */
  verbose(level: number, text: string): void;
  setTag(tag: string): void;
  setDestinations(destinations: readonly Destination[]): void;
}>;

/** consola knows no panic: it is a fatal record with this tag. */
const PANIC = "panic";
const SEVERITIES: Readonly<Record<string, Severity>> = {
  warn: "warning",
  error: "error",
  fatal: "fatal",
};

export function createLogger(options: LoggerOptions): Logger {
  let { tag, destinations } = options;
  const consola = createConsola({
    // all that it would otherwise take from the environment or drop by itself
    level: verbosityLevel(options.verbosity),
    throttle: 0,
    throttleMin: Number.POSITIVE_INFINITY,
    reporters: [{ log: (entry) => deliver(toRecord(entry, tag), destinations) }],
  });
  return {
    ...severityMethods(consola),
    verbose: (level, text) => verboseMethod(consola, level)(text),
    setTag: (newTag) => {
      tag = newTag;
    },
    setDestinations: (newDestinations) => {
      destinations = newDestinations;
    },
  };
}

function severityMethods(consola: ConsolaInstance) {
  const write = {
    info: (text: string) => consola.info(text),
    warning: (text: string) => consola.warn(text),
    error: (text: string) => consola.error(text),
    fatal: (text: string) => consola.fatal(text),
    panic: (text: string) => consola.fatal({ message: text, tag: PANIC }),
  } satisfies Record<Severity, (text: string) => void>;
  return {
    info: write.info,
    warn: write.warning,
    error: write.error,
    fatal: write.fatal,
    panic: write.panic,
    write: ({ severity, text }: Pick<LogRecord, "severity" | "text">) => write[severity](text),
  };
}

function verbosityLevel(verbosity: number): number {
  if (verbosity <= 0) return LogLevels.info;
  if (verbosity === 1) return LogLevels.debug;
  return verbosity === 2 ? LogLevels.trace : LogLevels.verbose;
}

function verboseMethod(consola: ConsolaInstance, level: number): (text: string) => void {
  if (level <= 1) return consola.debug;
  return level === 2 ? consola.trace : consola.verbose;
}

function toRecord({ type, tag, args, date }: LogObject, programTag: string): LogRecord {
  const severity = tag === PANIC ? PANIC : (SEVERITIES[type] ?? "info");
  return { severity, text: args.join(" "), tag: programTag, pid: process.pid, time: date };
}

function deliver(record: LogRecord, destinations: readonly Destination[]): void {
  for (const destination of destinations) destination.write(record);
}
