/** Settings, a machine and service lines for the tests of the service file. */
import { assignAddresses } from "../../src/config/addresses.ts";
import { childArguments } from "../../src/config/child-arguments.ts";
import type { Host } from "../../src/config/host.ts";
import { parseMasterCf } from "../../src/config/master-cf.ts";
import { type Checked, hasErrors, type Problem } from "../../src/config/problem.ts";
import type { ServiceEntry, ServicePlan } from "../../src/config/service-entry.ts";
import type { Settings } from "../../src/config/settings.ts";

export const FILE = "/etc/mail/master.cf";

export const settings: Settings = {
  configDirectory: "/etc/mail",
  queueDirectory: "/var/spool/mail-queue",
  dataDirectory: "/var/lib/mail",
  daemonDirectory: "/usr/lib/mail",
  compatibilityLevel: [3, 6, 0],
  mailVersion: "3.7.11",
  myhostname: "mail.example.com",
  mailOwner: "mail",
  mailOwnerUid: 8,
  mailOwnerGid: 8,
  rootlessMode: false,
  families: ["ipv4", "ipv6"],
  inetProtocols: "all",
  inetInterfaces: "all",
  knownTcpPorts: new Map([
    ["smtp", 25],
    ["submission", 587],
  ]),
  tcpWindowsize: 0,
  syslogFacility: "mail",
  syslogName: "postfix",
  maillogFile: "",
  maillogFilePrefixes: ["/var"],
  maillogFilePermissions: "0600",
  postlogServiceName: "postlog",
  importEnvironment: [],
  debuggerCommand: null,
  defaultProcessLimit: 100,
  masterServiceDisable: "",
  serviceThrottleSeconds: 60,
  serviceThrottleInitialSeconds: 2,
  childKillDelaySeconds: 10,
  childStderr: "log",
  childOpenFileLimit: 0,
  maxIdleSeconds: 100,
  maxUse: 100,
  ipcTimeoutSeconds: 3600,
  daemonTimeoutSeconds: 18000,
  inFlowDelaySeconds: 1,
  retireTimeLimitSeconds: 60,
  retireMinAgeSeconds: 60,
  limitJitterPercent: 10,
  clientLimit: 0,
  requestSizeLimitBytes: 65536,
  serviceDirectory: "/etc/postfix/services",
};

export const host: Host = {
  hostName: "mail.example.com",
  processName: "master",
  processId: 1,
  callerUid: 0,
  families: ["ipv4", "ipv6"],
  firstUnprivilegedPort: 1024,
  userByName: () => null,
  userById: () => null,
  groupByName: () => null,
  groupById: () => null,
  portByName: (name) => ({ finger: 79, smtp: 2525 })[name] ?? null,
  daemonDirectory: { path: "/usr/lib/mail", rule: "sample" },
};

export type Changes = Readonly<{ settings?: Partial<Settings>; host?: Partial<Host> }>;

export function parse(text: string, changes: Changes = {}): Checked<readonly ServiceEntry[]> {
  return parseMasterCf(
    text,
    FILE,
    { ...settings, ...changes.settings },
    { ...host, ...changes.host },
  );
}

/** The entries of a text that has nothing wrong with it. */
export function entriesOf(text: string, changes: Changes = {}): readonly ServiceEntry[] {
  const { value, problems } = parse(text, changes);
  if (hasErrors(problems)) throw new Error(problems.map(short).join("\n"));
  return value;
}

export function entryOf(line: string, changes: Changes = {}): ServiceEntry {
  const [entry, ...others] = entriesOf(line, changes);
  if (entry === undefined || others.length > 0) throw new Error(`not one entry: ${line}`);
  return entry;
}

export type NetworkSample = Changes &
  Readonly<{ lookups?: Record<string, readonly string[]>; interfaces?: readonly string[] }>;

export function assign(text: string, sample: NetworkSample = {}): Checked<readonly ServicePlan[]> {
  return assignAddresses(
    entriesOf(text, sample),
    { ...settings, ...sample.settings },
    new Map(Object.entries(sample.lookups ?? {})),
    sample.interfaces ?? ["127.0.0.1", "::1", "192.0.2.2", "fd00::2", "fe80::1%eth0"],
  );
}

/** What a child of the only service is started with, as the master's options would have it. */
export function argumentsOf(line: string, sample: NetworkSample = {}): string[] {
  const [plan] = assign(line, sample).value;
  if (plan === undefined) throw new Error(`no plan: ${line}`);
  return childArguments(plan.entry, {
    listenerCount: plan.endpoints.length,
    localOnly: plan.localOnly,
    debug: false,
    verbose: false,
    stress: false,
  });
}

/** "3:8 error: text", with the suggestion behind an arrow. */
export function short({ severity, at, message, suggestion }: Problem): string {
  const place = at === null ? "-" : `${at.line}:${at.column}`;
  return `${place} ${severity}: ${message}${suggestion === undefined ? "" : ` -> ${suggestion}`}`;
}

export function problemsOf(text: string, changes: Changes = {}): string[] {
  return parse(text, changes).problems.map(short);
}
