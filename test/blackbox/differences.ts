/** Where pfmaster is deliberately not the original: the only places where the two may disagree. */
import type { Master } from "../support/masters.ts";

export type Difference = Readonly<{
  behaviour: string;
  /** The fact in the specification, or the decision, that this rests on. */
  source: string;
  original: string;
  pfmaster: string;
}>;

export const differences = {
  "negative-exit-time": {
    behaviour: "-e with a negative number",
    source: "MST-26",
    original: "aborts",
    pfmaster: "is refused like any other wrong option, with status 1",
  },
  "usage-letters": {
    behaviour: "the usage",
    source: "MST-30",
    original: "leaves out -i and -s (3.7)",
    pfmaster: "names every option",
  },
  "attached-termination": {
    behaviour: "SIGTERM to a master under -d that leads no process group",
    source: "MST-119",
    original: "signals no child, because there is no group of its own, and ends with status 1",
    pfmaster: "signals each child by its pid and ends by the signal",
  },
  "foreign-pid": {
    behaviour: "a record with the pid of another service's child",
    source: "MST-97",
    original: "is a panic",
    pfmaster: "is logged and ignored",
  },
  "partial-records": {
    behaviour: "a partial record on the shared channel",
    source: "MST-93, MST-95, D5",
    original: "shifts every later record of all siblings",
    pfmaster: "is dropped alone: the next one counts",
  },
  "first-throttle": {
    behaviour: "the first pause of a service",
    source: "MST-90, service_throttle_initial_time",
    original: "lasts service_throttle_time",
    pfmaster: "lasts 2 seconds and doubles from there",
  },
  "bad-reload": {
    behaviour: "a reload with a broken master.cf",
    source: "SVC-04, MST-51, D15",
    original: "ends the master",
    pfmaster: "changes nothing and names the place of the error",
  },
  "stubborn-child": {
    behaviour: "removing a service whose child ignores SIGTERM",
    source: "MST-64, child_kill_delay",
    original: "stops the whole master until the child is gone",
    pfmaster: "disturbs nobody, and kills the child after child_kill_delay",
  },
  "kept-listener": {
    behaviour: "an address that has another name after a reload",
    source: "MST-56, D15",
    original: "is bound a second time, or ends the master",
    pfmaster: "keeps its socket and its queue (localhost:port → 127.0.0.1:port)",
  },
  "interfaces-on-reload": {
    behaviour: "another inet_interfaces on reload",
    source: "SVC-59, SVC-60",
    original: "is ignored with warnings",
    pfmaster: "takes effect, addresses that stay keep their sockets",
  },
  "protocols-on-reload": {
    behaviour: "another inet_protocols on reload",
    source: "MST-48, MST-49",
    original: "is ignored with warnings",
    pfmaster: "takes effect",
  },
  "blocked-trigger": {
    behaviour: "a trigger that cannot be delivered at once",
    source: "MST-103",
    original: "blocks the master for up to a second",
    pfmaster: "delays nobody",
  },
  "child-stderr": {
    behaviour: "what a child of a detached master writes to standard error",
    source: "PRO-01, child_stderr",
    original: "goes to /dev/null",
    pfmaster: "is logged with the service and the pid",
  },
  rootless: {
    behaviour: "rootless_mode = yes for an ordinary user",
    source: "MST-07, rootless_mode",
    original: "is refused",
    pfmaster: "runs",
  },
  "broken-pipes": {
    behaviour: "SIGPIPE in a child",
    source: "MST-81",
    original: "is ignored from the start",
    pfmaster: "has its default action, until the daemon ignores it (Postfix's all do)",
  },
  "words-not-utf-8": {
    behaviour: "words of master.cf that are not UTF-8",
    source: "SVC-46, D1",
    original: "reach the child byte for byte",
    pfmaster: "are refused with their place, because the runtime would change them",
  },
  "unwritable-log": {
    behaviour: "a log file that can no longer be written",
    source: "MST-133",
    original: "ends the master",
    pfmaster: "costs records, not the mail system",
  },
  "unknown-child": {
    behaviour: "the end of a child that the master did not start",
    source: "MST-85",
    original: "is a panic",
    pfmaster: "is nobody's business",
  },
  "crash-signals": {
    behaviour: "SIGSEGV, SIGBUS and SIGILL",
    source: "MST-113, D10",
    original: "end the children by SIGTERM first",
    pfmaster: "end the master at once; children see end of file and leave in peace",
  },
  "test-mode-session": {
    behaviour: "-t from the leader of a process group",
    source: "MST-11",
    original: "says 1 because it cannot make a session",
    pfmaster: "does not need a session to look at a lock",
  },
  "program-name": {
    behaviour: "lock files, log tag and $process_name",
    source: "MST-04",
    original: "follow the name of the program",
    pfmaster: "are always those of master",
  },
  "retiring-child": {
    behaviour: "a child that says that it retires (status 2)",
    source: "MST-99, D17",
    original: "is warned about: the status is unknown",
    pfmaster: "gives its slot back and finishes its clients",
  },
  "runtime-variables": {
    behaviour: "variables that steer the run-time of pfmaster itself",
    source: "MST-31, D13",
    original: "are ordinary variables",
    pfmaster: "never reach a child, whatever import_environment says",
  },
} as const satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof differences;

/** The name of the test that shows a difference, in this master's words. */
export function differenceTitle(master: Master, name: DifferenceName): string {
  const { behaviour, source, ...outcome } = differences[name];
  const said = master.name === "postfix" ? outcome.original : outcome.pfmaster;
  return `${behaviour}: ${said} (${source})`;
}
