/** Configurations that a master must refuse: at start by ending, on reload by staying as it is. */
import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";

import type { Sandbox } from "../support/sandbox.ts";

export type BadConfiguration = Readonly<{
  title: string;
  /** Changes the sandbox; whatever has to be undone at the end of the test goes on the stack. */
  spoil: (
    sandbox: Sandbox,
    good: readonly string[],
    stack: AsyncDisposableStack,
  ) => void | Promise<void>;
  /** In the record of either master. */
  says: RegExp;
  /** In pfmaster's record: where. */
  place?: RegExp;
  /** Only wrong when a master starts: a reload does not look at it again. */
  startOnly?: true;
}>;

export const badConfigurations: readonly BadConfiguration[] = [
  {
    title: "no main.cf",
    spoil: (sandbox) => rmSync(sandbox.path("etc/main.cf")),
    says: /main\.cf.*([Nn]o such file|ENOENT)/,
  },
  {
    title: "no master.cf",
    spoil: (sandbox) => rmSync(sandbox.path("etc/master.cf")),
    says: /master\.cf.*([Nn]o such file|ENOENT)/,
  },
  {
    title: "a directory in place of main.cf",
    spoil: (sandbox) => makeDirectory(sandbox, "etc/main.cf"),
    says: /main\.cf.*([Dd]irectory|EISDIR)/,
  },
  {
    title: "a directory in place of master.cf",
    spoil: (sandbox) => makeDirectory(sandbox, "etc/master.cf"),
    says: /[Dd]irectory|EISDIR/, // the original does not say which
    place: /master\.cf/,
  },
  {
    title: "a line of main.cf without an equals sign (MCF-27)",
    spoil: (sandbox) => sandbox.writeConfiguration("main.cf", "a = b\n\nmyhostname sandbox\n"),
    says: /main\.cf.*3/,
    place: /main\.cf:3:\d+:/,
  },
  {
    title: "a parameter that is not a number (MCF-54)",
    spoil: (sandbox) => sandbox.writeSettings({ default_process_limit: "ten" }),
    says: /default_process_limit.*ten/,
    place: /main\.cf:\d+:\d+:/,
  },
  {
    title: "a time without a meaning (MCF-59)",
    spoil: (sandbox) => sandbox.writeSettings({ service_throttle_time: "10 s" }),
    says: /service_throttle_time.*10 s/,
    place: /main\.cf:\d+:\d+:/,
  },
  {
    title: "a value that refers to itself (MCF-47)",
    spoil: (sandbox) => sandbox.writeSettings({ myhostname: "$myhostname" }),
    says: /myhostname|nest|macro/,
    place: /main\.cf:\d+:\d+:/,
  },
  {
    title: "a reference without its end (MCF-32)",
    spoil: (sandbox) => sandbox.writeSettings({ default_process_limit: "${process_name?{5}" }),
    says: /\$\{process_name|macro/,
    place: /main\.cf:\d+:\d+:/,
  },
  {
    title: "a mail_owner that does not exist (MCF-65)",
    spoil: (sandbox) => sandbox.writeSettings({ mail_owner: "no-such-user" }),
    says: /mail_owner.*no-such-user/,
    place: /main\.cf:\d+:\d+:/,
  },
  {
    title: "an interface that is not here (MCF-69)",
    spoil: (sandbox, good) => {
      sandbox.writeSettings({ inet_interfaces: "192.0.2.77" });
      sandbox.writeServices([...good, "2599 inet n - n - 5 probe"]);
    },
    says: /192\.0\.2\.77/,
  },
  {
    title: "a protocol that does not exist (MCF-68)",
    spoil: (sandbox) => sandbox.writeSettings({ inet_protocols: "ipv5" }),
    says: /inet_protocols.*ipv5|ipv5.*inet_protocols/,
  },
  ...entries([
    ["an unknown transport (SVC-11)", "x udp n - n - 5 probe", /udp/],
    ["a bad flag (SVC-09)", "x unix N - n - 5 probe", /private.*N|N.*private/],
    ["a bad number (SVC-10)", "x unix n - n - many probe", /max_proc.*many|many.*max_proc/],
    ["a missing command (SVC-07)", "x unix n - n - 5", /command/],
    ["a command that is a dash (SVC-08)", "x unix n - n - 5 -", /command/],
    ["a private inet service (SVC-15)", "2599 inet - - n - 5 probe", /inet.*private|private/],
    ["an open brace (SVC-47)", "x unix n - n - 5 probe {a b", /brace|"?\}/],
    ["text after a brace (SVC-47)", "x unix n - n - 5 probe {a}b", /brace|\}/],
    ["an inet name without a port (SVC-17)", "[127.0.0.1] inet n - n - 5 probe", /127\.0\.0\.1/],
    ["a host that is none (SVC-17)", "*:2599 inet n - n - 5 probe", /\*/],
    ["a port with a tail (SVC-17)", "127.0.0.1:25x inet n - n - 5 probe", /25x/],
    [
      "a port name that nobody knows (SVC-40)",
      "127.0.0.1:nosuchport inet n - n - 5 probe",
      /nosuchport/,
    ],
    [
      "a host without an address (SVC-18)",
      "nosuch.invalid:2599 inet n - n - 5 probe",
      /nosuch\.invalid/,
    ],
    [
      "a socket path of 108 bytes (SVC-36)",
      `${"x".repeat(101)} unix n - n - 5 probe`,
      /long.*xxx|xxx.*(long|ENAMETOOLONG|107|108)/,
    ],
    ["a directory that is not there (SVC-13)", "no/such unix n - n - 5 probe", /no\/such/],
    ["an address of another machine", "192.0.2.77:2599 inet n - n - 5 probe", /192\.0\.2\.77/],
  ]),
  {
    title: "a port that somebody else has (SVC-39)",
    spoil: async (sandbox, good, stack) => {
      sandbox.writeServices([...good, `${sandbox.address}:2599 inet n - n - 5 probe`]);
      stack.use(await occupy(sandbox.address, 2599));
    },
    says: /2599.*(in use|EADDRINUSE)/,
    place: /master\.cf:\d+:\d+:/,
  },
  {
    title: "a socket directory that belongs to another (SVC-32)",
    spoil: (sandbox, good) => {
      chownSync(sandbox.path("queue/private"), 0, 0);
      chmodSync(sandbox.path("queue/private"), 0o700);
      sandbox.writeServices([...good, "x unix - - n - 5 probe"]);
    },
    says: /private\/x.*([Pp]ermission|EACCES)/,
    place: /master\.cf:\d+:\d+:/,
  },
  {
    title: "a queue directory that is missing (MST-16)",
    spoil: (sandbox) => sandbox.writeSettings({ queue_directory: "/nonexistent/queue" }),
    says: /\/nonexistent\/queue/,
    startOnly: true,
  },
  {
    title: "a data directory that belongs to another (MST-38)",
    spoil: (sandbox) => {
      chownSync(sandbox.path("data"), 0, 0);
      chmodSync(sandbox.path("data"), 0o700);
    },
    says: /master\.lock.*([Pp]ermission|EACCES)/,
    startOnly: true,
  },
  {
    title: "a log file outside the allowed directories (MST-130)",
    spoil: (sandbox) => sandbox.writeSettings({ maillog_file_prefixes: "/nowhere" }),
    says: /maillog_file/,
    startOnly: true,
  },
];

/** A second entry that is wrong in one way. */
function entries(rows: readonly (readonly [string, string, RegExp])[]): BadConfiguration[] {
  return rows.map(([title, entry, says]) => ({
    title,
    spoil: (sandbox, good) => sandbox.writeServices([...good, "", entry]),
    says,
    place: /master\.cf:\d+:\d+:/,
  }));
}

function makeDirectory(sandbox: Sandbox, name: string): void {
  rmSync(sandbox.path(name));
  mkdirSync(sandbox.path(name));
}

/** A listener that does not share its port. */
export async function occupy(host: string, port: number): Promise<AsyncDisposable> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  await promise;
  return { [Symbol.asyncDispose]: async () => void server.close() };
}
