/** Runs a master with something to talk to, in the foreground: the first thing that a person tries. */
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { defineCommand } from "citty";

import { ownPath } from "../os/executable.ts";
import { lockIsHeld } from "../os/lock-file.ts";
import { type DemoFolder, prepareFolder } from "./demo-files.ts";
import { demoInstructions } from "./demo-instructions.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { print } from "./print.ts";

const LOOK_MILLISECONDS = 20;

export const demo = defineCommand({
  meta: { name: "demo", description: "Run a master with an echo service, until Ctrl-C" },
  args: {
    folder: {
      type: "positional",
      required: false,
      description: "Where its files are; they are written when there is no main.cf",
    },
  },
  run: ({ args }) => runDemo(resolve(args.folder ?? defaultFolder())),
});

function defaultFolder(): string {
  return join(tmpdir(), `pfmaster-demo-${process.getuid?.() ?? 0}`);
}

async function runDemo(path: string): Promise<number> {
  const folder = prepareFolder(path);
  if (lockIsHeld(folder.pidFile) === "held") {
    throw new CommandFailure(ExitCode.system, `demo: a master runs in "${path}" already`);
  }
  rmSync(folder.socket, { force: true }); // its return shows that the new master listens

  // It makes a session of its own: Ctrl-C reaches this process alone, and the master ends in order.
  const master = Bun.spawn([ownPath(), "-s", "-c", path], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const stop = () => master.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  if (await listens(master, folder)) print(demoInstructions(folder));
  await master.exited;

  const endedInOrder = master.signalCode === "SIGTERM" || master.exitCode === 0;
  print(endedInOrder ? `Stopped. The files are in ${path}\n` : "The master could not run.\n");
  return endedInOrder ? ExitCode.ok : ExitCode.system;
}

async function listens(master: Bun.Subprocess, { socket }: DemoFolder): Promise<boolean> {
  while (!existsSync(socket)) {
    if (master.exitCode !== null || master.signalCode !== null) return false;
    await Promise.race([Bun.sleep(LOOK_MILLISECONDS), master.exited]);
  }
  return true;
}
