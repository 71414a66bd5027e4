/** What a service is given: its name, values, log and clock, and what it may ask for. */
import { monotonicSeconds, startTimer } from "../os/clock.ts";
import type { Clock, Context, Limits, ServiceLog } from "./service.ts";

export const systemClock: Clock = {
  seconds: monotonicSeconds,
  now: () => new Date(),
  after: (seconds, run) => startTimer(seconds, run),
};

type Ingredients = Readonly<{
  name: string;
  words: readonly string[];
  parameters: Context["parameters"];
  log: ServiceLog;
  limits: Limits;
  clock?: Clock;
  drain: () => void;
}>;

export function createContext({ clock = systemClock, log, ...rest }: Ingredients): Context {
  return {
    ...rest,
    clock,
    // only what is promised: the logger itself can do more
    log: {
      info: (text) => log.info(text),
      warn: (text) => log.warn(text),
      error: (text) => log.error(text),
      verbose: (level, text) => log.verbose(level, text),
    },
  };
}
