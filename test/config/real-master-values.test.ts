/**
 * One value after the other for every parameter that the master evaluates, given to the installed
 * Postfix master and to us: what stops the one is an error for the other.
 */
import { expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { evaluateMainCf } from "../../src/config/evaluate.ts";
import { parseMainCf } from "../../src/config/main-cf.ts";
import type { Parameter } from "../../src/config/parameter.ts";
import { EVALUATED_PARAMETERS } from "../../src/config/parameters.ts";
import { describeProblem, hasErrors } from "../../src/config/problem.ts";
import { userByName } from "../../src/os/account.ts";
import { currentHost } from "../../src/os/host.ts";
import { forEach } from "./postconf.ts";

const MASTER = "/usr/lib/postfix/sbin/master";
const AT_ONCE = 100; // a refusal makes the original sleep for a second (MCF-04)
const TIMEOUT_MILLISECONDS = 120_000;

/**
 * Not compared: the facility "security", which the specification knows (MCF-70) and this system does
 * not; maillog_file outside of its prefixes, which only a real start refuses (MST-130); a myorigin that
 * names a file, which is Debian's own.
 */

/** What these say is acted upon at once, or is checked by those who know addresses. */
const NOT_TRIED = ["inet_interfaces", "proxy_interfaces", "mynetworks", "queue_directory"];
/** Later than the installed release: maillog_file_permissions (MCF-95). */
const LATER = ["maillog_file_permissions"];

const NUMBERS = [
  ...["", "0", "1", "6", "7", "-1", "+5", "${x: 7}", "${x:7 }", "1x", "0x10", "1.5", "007", "x"],
  ...["2147483647", "2147483648", "-2147483648", "-2147483649", "511", "512", "$x", "$"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "1 2"],
];
const TIMES = [
  ...["", "0", "0s", "1", "10s", "11s", "10 s", "10sec", "s", "m", "sx", "x", "10x", "-1", "-0"],
  ...["+3m", "3M", "1h", "2d", "3w", "2147483647", "2147483647s", "2147483648", "1.5h", "1h30m"],
  ...["35791393m", "35791394m", "35791395m", "596522h", "596523h", "3550w", "3551w", "$"],
];
const BOOLEANS = ["", "yes", "YES", "No", "y", "true", "on", "1", "${x:yes}", "$x", "yes no", "$"];
const TEXTS = ["", "$x", "${x:{}}", "$(", "$mail_name"];
/** Whole files, for what depends on several values. */
const OTHERS: readonly string[] = [
  ...["3.6", "3.6.1", "3.6.1.1", "x", "-1", "+1", "1.1024", ""].map(
    (v) => `compatibility_level = ${v}`,
  ),
  ...["all", "ipv4", "ipv6", "ipv4, ipv6", "ALL", "ipv5", "all ipv4", "", "ipv4;ipv6"].map(
    (v) => `inet_protocols = ${v}`,
  ),
  ...["mail", "local0", "local8", "MAIL", "authpriv", "mark", "", "8"].map(
    (v) => `syslog_facility = ${v}`,
  ),
  ...["+=", "+", "+=-", "ab", "--", ""].map((v) => `default_verp_delimiters = ${v}`),
  "default_verp_delimiters = ab\nverp_delimiter_filter = abc",
  "verp_delimiter_filter = x",
  ...["root", "nobody", "nosuch", "daemon", "", "0"].map((v) => `mail_owner = ${v}`),
  ...["root", "postfix", "nosuch", "daemon", "", "65534"].map((v) => `default_privs = ${v}`),
  ...["root", "postfix", "nogroup", "nosuch", "daemon", ""].map((v) => `setgid_group = ${v}`),
  ...[
    "a",
    "a.b",
    "a..b",
    ".a",
    "a.",
    "-a",
    "a-",
    "_x",
    "1.2.3.4",
    "1.2.3",
    "\xe9.org",
    "a b",
    "",
  ].flatMap((v) => [`myhostname = ${v}`, `mydomain = ${v}`]),
  ...[63, 64].map((length) => `myhostname = ${"a".repeat(length)}.org`),
  ...[251, 252].map(
    (length) => `mydomain = ${`${"a".repeat(50)}.`.repeat(5).slice(0, length - 4)}.org`,
  ),
  ...["[::1]", "a:b", "*", "a/b", "A.B", "a_b.c", "xn--a.org"].map((v) => `myhostname = ${v}`),
  ...["$myhostname", "x", "a b"].map((v) => `relayhost = ${v}`),
  "myhostname = A.b\nrelayhost = a.B",
  ...["a", "a b", "a,b", "a\tb"].map((v) => `myorigin = ${v}`),
  ...["", "x", "a=1", "a=b", "a=70000", "=", "a==1", "a=1,a=2", "1=2"].map(
    (v) => `known_tcp_ports = ${v}`,
  ),
  "a = $a",
  "mail_name = $mail_name",
  "mail_name = ${{$mail_owner} == {x} ? a}",
  "service_throttle_time = $max_idle",
  "service_throttle_time = $ipc_ttl\nipc_ttl = 0",
  "max_use = ${default_process_limit}0",
  "default_process_limit = $max_use", // not yet known: empty (MCF-49)
  "smtputf8_enable = $compatibility_level",
  "process_id = $(\nprocess_name = $(\nconfig_directory = /nowhere",
  "mail_release_date = $process_id", // not yet known either (MCF-62)
];

test.skipIf(cannotRun())(
  "refuses the values that stop the installed master, and no others",
  async () => {
    const mainCfs = [...EVALUATED_PARAMETERS.flatMap(filesFor), ...OTHERS];
    const differences = await forEach(mainCfs, AT_ONCE, async (mainCf) => {
      const original = await isAcceptedByMaster(mainCf);
      const errors = errorsIn(mainCf);
      if (original === (errors.length === 0)) return [];
      return [`${mainCf}: the original ${original ? "accepts" : "refuses"} it ${errors.join()}`];
    });
    expect(mainCfs.length).toBeGreaterThan(1_000);
    expect(differences.flat()).toEqual([]);
  },
  TIMEOUT_MILLISECONDS,
);

function filesFor({ name, type, origin }: Parameter): string[] {
  if (origin === "pfmaster" || NOT_TRIED.includes(name) || LATER.includes(name)) return [];
  const values = {
    int: NUMBERS,
    nint: NUMBERS,
    long: NUMBERS,
    time: TIMES,
    bool: BOOLEANS,
    nbool: BOOLEANS,
    string: TEXTS,
    raw: TEXTS,
  };
  return values[type].map((value) => `${name} = ${value}`);
}

function errorsIn(mainCf: string): string[] {
  const host = currentHost({ processName: "master", argv0: MASTER });
  const parsed = parseMainCf(`mynetworks = 127.0.0.0/8\n${mainCf}\n`, "/etc/mail/main.cf");
  const { problems } = evaluateMainCf(parsed.value, host);
  return [...parsed.problems, ...problems]
    .filter((problem) => hasErrors([problem]))
    .map(describeProblem);
}

/** The lock test reads and checks main.cf like a start: 0 is "not running", 1 any error (MST-13). */
async function isAcceptedByMaster(mainCf: string): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), "pfmaster-values-"));
  try {
    const place = (name: string) => join(directory, name);
    for (const name of ["etc", "queue", "queue/pid", "data"]) mkdirSync(place(name));
    const owner = userByName("postfix");
    chownSync(place("data"), owner?.uid ?? 0, owner?.gid ?? 0);
    const own = `queue_directory = ${place("queue")}\ndata_directory = ${place("data")}\n`;
    write(place("etc/main.cf"), `mynetworks = 127.0.0.0/8\n${own}${mainCf}\n`);
    write(place("etc/master.cf"), "");
    const child = Bun.spawn([MASTER, "-c", place("etc"), "-t"], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    return (await child.exited) === 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** It waits for a file that was just written to be left alone (MCF-12). */
function write(path: string, text: string): void {
  writeFileSync(path, text, "latin1");
  utimesSync(path, new Date(1e12), new Date(1e12));
}

function cannotRun(): boolean {
  const missing = [
    ...(process.getuid?.() === 0 ? [] : ["the superuser"]),
    ...(existsSync(MASTER) ? [] : [MASTER]),
  ];
  if (missing.length === 0) return false;
  console.error(`NOT RUN: comparison with the installed master: needs ${missing.join(", ")}`);
  return true;
}
