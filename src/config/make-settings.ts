/** Evaluated and validated values under the names that the rest of the program uses. */
import type { Settings } from "./settings.ts";
import type { TypedValue } from "./typed-value.ts";
import type { Facts } from "./validate.ts";

type Ingredients = Readonly<{
  configDirectory: string;
  debuggerCommand: string | null;
  values: ReadonlyMap<string, TypedValue>;
  facts: Facts;
}>;

export function makeSettings(ingredients: Ingredients): Settings {
  const { configDirectory, debuggerCommand, values, facts } = ingredients;
  const text = (name: string): string => {
    const value = values.get(name);
    if (typeof value !== "string") throw new Error(`${name} is not text`);
    return value;
  };
  const number = (name: string): number => {
    const value = values.get(name);
    if (typeof value !== "number") throw new Error(`${name} is not a number`);
    return value;
  };
  return {
    configDirectory,
    queueDirectory: text("queue_directory"),
    dataDirectory: text("data_directory"),
    daemonDirectory: text("daemon_directory"),
    compatibilityLevel: facts.compatibilityLevel,
    mailVersion: text("mail_version"),
    myhostname: text("myhostname"),

    mailOwner: text("mail_owner"),
    mailOwnerUid: facts.mailOwner.uid,
    mailOwnerGid: facts.mailOwner.gid,
    rootlessMode: values.get("rootless_mode") === true,

    families: facts.families,
    inetProtocols: text("inet_protocols"),
    inetInterfaces: text("inet_interfaces"),
    knownTcpPorts: facts.knownTcpPorts,
    tcpWindowsize: number("tcp_windowsize"),

    syslogFacility: text("syslog_facility"),
    syslogName: text("syslog_name"),
    maillogFile: text("maillog_file"),
    maillogFilePrefixes: facts.maillogFilePrefixes,
    maillogFilePermissions: text("maillog_file_permissions"),
    postlogServiceName: text("postlog_service_name"),

    importEnvironment: facts.importEnvironment,
    debuggerCommand,
    defaultProcessLimit: number("default_process_limit"),
    masterServiceDisable: text("master_service_disable"),
    serviceThrottleSeconds: number("service_throttle_time"),
    serviceThrottleInitialSeconds: number("service_throttle_initial_time"),
    childKillDelaySeconds: number("child_kill_delay"),
    childStderr: facts.childStderr,
    childOpenFileLimit: number("child_open_file_limit"),

    maxIdleSeconds: number("max_idle"),
    maxUse: number("max_use"),
    ipcTimeoutSeconds: number("ipc_timeout"),
    daemonTimeoutSeconds: number("daemon_timeout"),
    inFlowDelaySeconds: number("in_flow_delay"),
    retireTimeLimitSeconds: number("retire_time_limit"),
    retireMinAgeSeconds: number("retire_min_age"),
    limitJitterPercent: number("limit_jitter_percent"),
    clientLimit: number("client_limit"),
    requestSizeLimitBytes: number("request_size_limit"),
    serviceDirectory: text("service_directory"),
  };
}
