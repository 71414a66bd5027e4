/** The evaluated main.cf, as far as the master and the multi-server child act upon it. */
import type { Family } from "./host.ts";
import type { ImportItem } from "./import-environment.ts";

/** major, minor and patch (MCF-66). */
export type CompatibilityLevel = readonly [number, number, number];

export type ChildStderr = "log" | "null";

export type Settings = Readonly<{
  configDirectory: string;
  queueDirectory: string;
  dataDirectory: string;
  daemonDirectory: string;
  compatibilityLevel: CompatibilityLevel;
  mailVersion: string;
  myhostname: string;

  mailOwner: string;
  mailOwnerUid: number;
  mailOwnerGid: number;
  rootlessMode: boolean;

  /** Enabled and supported by the kernel; empty disables every inet service (SVC-61). */
  families: readonly Family[];
  /** inet_protocols as evaluated: for the warnings of MST-48 and SVC-61. */
  inetProtocols: string;
  inetInterfaces: string;
  knownTcpPorts: ReadonlyMap<string, number>;
  /** Bytes; 0 leaves the system's default. */
  tcpWindowsize: number;

  syslogFacility: string;
  syslogName: string;
  maillogFile: string;
  maillogFilePrefixes: readonly string[];
  maillogFilePermissions: string;
  postlogServiceName: string;

  importEnvironment: readonly ImportItem[];
  debuggerCommand: string | null;
  defaultProcessLimit: number;
  masterServiceDisable: string;
  serviceThrottleSeconds: number;
  serviceThrottleInitialSeconds: number;
  childKillDelaySeconds: number;
  childStderr: ChildStderr;
  /** 0 leaves the limit as it is. */
  childOpenFileLimit: number;

  /** Read by the multi-server child. */
  maxIdleSeconds: number;
  maxUse: number;
  ipcTimeoutSeconds: number;
  daemonTimeoutSeconds: number;
  inFlowDelaySeconds: number;
  retireTimeLimitSeconds: number;
  retireMinAgeSeconds: number;
  limitJitterPercent: number;
  /** 0 is no limit. */
  clientLimit: number;
  requestSizeLimitBytes: number;
  serviceDirectory: string;
}>;
