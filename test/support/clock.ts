/** Clocks that run differently for one master, by Debian's faketime library. */
import { existsSync, writeFileSync } from "node:fs";

import type { Sandbox } from "./sandbox.ts";

/** For import_environment: the library reads these again and again. */
export const CLOCK_VARIABLES = "FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE FAKETIME";

type Clock = Readonly<{ start: Readonly<{ environment: Record<string, string> }> }>;

/** A clock that the test can set forward. */
export function adjustableClock(
  sandbox: Sandbox,
): Clock & Readonly<{ setForward(seconds: number): void }> {
  const file = sandbox.path("clock");
  writeFileSync(file, "+0\n");
  return {
    start: {
      environment: {
        LD_PRELOAD: clockLibrary(),
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
      },
    },
    setForward: (seconds) => writeFileSync(file, `+${seconds}\n`),
  };
}

/** A clock that runs so many times faster. */
export function fastClock(factor: number): Clock {
  const environment = { LD_PRELOAD: clockLibrary(), FAKETIME: `+0 x${factor}` };
  return { start: { environment } };
}

function clockLibrary(): string {
  const library = ["x86_64", "aarch64"]
    .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
    .find(existsSync);
  if (library === undefined) throw new Error("needs Debian's libfaketime");
  return library;
}
