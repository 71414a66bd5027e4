/** `pfmaster dev`: one service in the foreground, started again when its file changes. A master of one child. */
import { lstatSync } from "node:fs";
import { basename, resolve } from "node:path";

import { defineCommand } from "citty";

import { listenTcp, listenUnix } from "../os/listener.ts";
import { ResolveError, resolveHost } from "../os/resolve.ts";
import { SystemError } from "../os/system-error.ts";
import { isBuiltInService } from "../services/registry.ts";
import { DevChild } from "./dev-child.ts";
import { makeDevConfiguration } from "./dev-configuration.ts";
import { watchServiceFolder } from "./dev-watch.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { print } from "./print.ts";

const DEFAULT_PLACE = "127.0.0.1:10007";
const BACKLOG = 100;
const FILE_NAME = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)\.ts$/;

export const dev = defineCommand({
  meta: {
    name: "dev",
    description:
      "Run a service without a master, until Ctrl-C; again when a file beside it changes",
  },
  args: {
    file: { type: "positional", required: false, description: "The service file" },
    t: {
      type: "string",
      valueHint: "host:port|path",
      description: `Where it listens: an address and port, or the path of a socket (${DEFAULT_PLACE})`,
    },
    c: {
      type: "string",
      valueHint: "dir",
      description: "Read its parameters from the main.cf in this directory; all have defaults",
    },
  },
  run: ({ args }) => runDev(args.file, args.t ?? DEFAULT_PLACE, args.c ?? null),
});

async function runDev(
  file: string | undefined,
  place: string,
  configDirectory: string | null,
): Promise<number> {
  if (file === undefined) throw new CommandFailure(ExitCode.usage, "dev: expected a service file");
  const path = resolve(file);
  const name = serviceName(path);
  const listener = await listen(place);
  await using configuration = await makeDevConfiguration(path, configDirectory);
  using child = new DevChild({ name, ...configuration, ...listener });
  using _watch = watchServiceFolder(path, () => child.restart());
  print(`${path} listens on ${place}; Ctrl-C ends it.\n`);
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  child.start();
  await promise;
  await child.stop();
  return ExitCode.ok;
}

function serviceName(path: string): string {
  const name = FILE_NAME.exec(basename(path))?.[1];
  if (name === undefined) {
    const expected = "the name of a service file, letters, digits, _, . and -, ending in .ts";
    throw new CommandFailure(ExitCode.usage, `dev: cannot use "${path}": expected ${expected}`);
  }
  if (isBuiltInService(name)) {
    const message = `dev: "${name}" is a built-in service, which comes first: expected another name`;
    throw new CommandFailure(ExitCode.usage, message);
  }
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new CommandFailure(ExitCode.noInput, `dev: there is no file "${path}"`);
  }
  return name;
}

type Listener = Readonly<{ transport: "inet" | "unix"; listenerFd: number }>;

async function listen(place: string): Promise<Listener> {
  try {
    if (place.includes("/")) {
      const found = lstatSync(place, { throwIfNoEntry: false });
      if (found !== undefined && !found.isSocket()) {
        throw new CommandFailure(ExitCode.system, `dev: "${place}" is there and is no socket`);
      }
      return {
        transport: "unix",
        listenerFd: listenUnix({ path: resolve(place), backlog: BACKLOG }),
      };
    }
    const { host, port } = readPlace(place);
    const [address = ""] = await resolveHost(host);
    const listenerFd = listenTcp({ address, port, backlog: BACKLOG, windowSizeBytes: 0 });
    return { transport: "inet", listenerFd };
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof ResolveError)) throw error;
    throw new CommandFailure(ExitCode.system, `dev: cannot listen on "${place}": ${error.message}`);
  }
}

function readPlace(place: string): { host: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(place);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    const expected = 'expected host:port, or a path with a "/" in it';
    throw new CommandFailure(ExitCode.usage, `dev: cannot use "${place}": ${expected}`);
  }
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
}
