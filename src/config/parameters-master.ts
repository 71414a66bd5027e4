/** What the master reads after generic initialisation, what only pfmaster has, and the built-in services. */
import { number, optional, type Parameter, text, time, yesOrNo } from "./parameter.ts";

const byProgram = { reader: "master and child", reload: "set by the program" } as const;
const byMaster = { reader: "master", reload: "takes effect" } as const;
const ours = { ...byMaster, origin: "pfmaster" } as const;
const inOurChildren = {
  reader: "child",
  reload: "takes effect in children started later",
  origin: "pfmaster",
} as const;

export const MASTER_PARAMETERS: readonly Parameter[] = [
  optional("mynetworks", null, "Clients that are trusted."),
  optional("master_service_disable", "", "Services of master.cf to leave out.", byMaster),
  time("service_throttle_time", "60s", "Longest pause of a service whose processes fail.", {
    reader: "master",
    reload: "takes effect for the next throttle",
  }),
  optional("debugger_command", "", "What -D runs; must be set to be used.", byMaster),
  time("service_throttle_initial_time", "2s", "First pause; it doubles from there.", {
    ...ours,
    reload: "takes effect for the next throttle",
  }),
  time("child_kill_delay", "10s", "How long a removed service may take to end.", ours),
  text("child_stderr", "log", "Standard error of children: log it, or null to drop it.", ours),
  number("child_open_file_limit", 0, "Open files of a child; 0 leaves the limit as it is.", {
    ...ours,
    unit: "files",
    minimum: 0,
    reload: "takes effect in children started later",
  }),
  yesOrNo("rootless_mode", "no", "An ordinary user, the mail owner, may run this master.", {
    ...ours,
    reload: "needs a restart",
  }),
  time("retire_time_limit", "60s", "How long a child that leaves may finish its clients.", {
    ...inOurChildren,
    minimum: 0,
  }),
  time("retire_min_age", "60s", "Age at which a child that is never idle leaves at max_use.", {
    ...inOurChildren,
    minimum: 0,
  }),
  number("limit_jitter_percent", 10, "Spreads max_use and max_idle among children.", {
    ...inOurChildren,
    unit: "percent",
    minimum: 0,
    maximum: 100,
  }),
  number("client_limit", 0, "Clients of one child at a time; 0 is no limit.", {
    ...inOurChildren,
    unit: "clients",
    minimum: 0,
  }),
  number("request_size_limit", 65536, "A session's client that asks for more is disconnected.", {
    ...inOurChildren,
    unit: "bytes",
  }),
  text(
    "service_directory",
    "$config_directory/services",
    "Where service files are.",
    inOurChildren,
  ),
];

/** Set by the program or read by a service only: a bad value stops no master. */
export const OTHER_PARAMETERS: readonly Parameter[] = [
  text("config_directory", null, "The directory of main.cf and master.cf.", byProgram),
  optional("process_name", null, "The name of the running program.", byProgram),
  optional("process_id", null, "The id of the running process.", byProgram),
  optional("service_name", "", "The service that a child serves.", byProgram),
  optional("stress", "", "Set to yes in children while all processes of a service are busy.", {
    reader: "child",
    reload: "takes effect in children started later",
  }),
  time("anvil_rate_time_unit", "60s", "The time unit of client rates.", { reader: "anvil" }),
  time("anvil_status_update_time", "600s", "How often peak rates are logged.", { reader: "anvil" }),
];
