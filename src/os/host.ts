/** The facts about this machine that a configuration is evaluated against, asked once. */
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

import { groupById, groupByName, portByName, userById, userByName } from "./account.ts";
import { supportedFamilies } from "./resolve.ts";

type DaemonDirectory = Readonly<{ path: string; rule: string }>;

const DAEMON_FILES = ["smtpd", "postfix-script"];
const DAEMON_DIRECTORIES = [
  "/usr/lib/postfix/sbin",
  "/usr/libexec/postfix",
  "/usr/lib/postfix",
] as const;
const FIRST_UNPRIVILEGED_PORT = 1024;

/** `argv0` is the name we were called by, a path or not. */
export function currentHost({ processName, argv0 }: { processName: string; argv0: string }) {
  return {
    hostName: hostname(),
    processName,
    processId: process.pid,
    callerUid: process.getuid?.() ?? 0,
    families: supportedFamilies(),
    firstUnprivilegedPort: firstUnprivilegedPort(),
    userByName,
    userById,
    groupByName,
    groupById,
    portByName,
    daemonDirectory: findDaemonDirectory(argv0),
  };
}

/** Compiled-in defaults do not fit a binary that is copied around. */
function findDaemonDirectory(argv0: string): DaemonDirectory {
  const own = dirname(argv0);
  if (isAbsolute(argv0) && DAEMON_FILES.some((file) => exists(join(own, file)))) {
    return { path: own, rule: `the directory of ${argv0}, which holds Postfix's daemons` };
  }
  const found = DAEMON_DIRECTORIES.find(exists);
  if (found !== undefined) return { path: found, rule: "the first of the usual ones that exists" };
  return { path: DAEMON_DIRECTORIES[0], rule: "none of the usual ones exists" };
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Kernels without the setting reserve the ports below 1024 (ip(7)). */
function firstUnprivilegedPort(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "latin1"));
  } catch (error) {
    if (error instanceof Error && "code" in error) return FIRST_UNPRIVILEGED_PORT;
    throw error;
  }
}
