import { describe, expect, test } from "bun:test";

import { evaluate, machine, settingsOf } from "./main-cf-samples.ts";

test("an empty main.cf gives every default (MCF-14)", () => {
  expect(evaluate("").problems).toEqual([]);
  expect(settingsOf("")).toEqual({
    configDirectory: "/etc/mail",
    queueDirectory: "/var/spool/postfix",
    dataDirectory: "/var/lib/postfix",
    daemonDirectory: "/usr/lib/mail",
    compatibilityLevel: [0, 0, 0],
    mailVersion: "3.7.11",
    myhostname: "mail.example.org",
    mailOwner: "postfix",
    mailOwnerUid: 100,
    mailOwnerGid: 200,
    rootlessMode: false,
    families: ["ipv4", "ipv6"],
    inetProtocols: "all",
    inetInterfaces: "all",
    knownTcpPorts: new Map([
      ["lmtp", 24],
      ["smtp", 25],
      ["smtps", 465],
      ["submissions", 465],
      ["submission", 587],
    ]),
    tcpWindowsize: 0,
    syslogFacility: "mail",
    syslogName: "postfix",
    maillogFile: "",
    maillogFilePrefixes: ["/var", "/dev/stdout"],
    maillogFilePermissions: "0600",
    postlogServiceName: "postlog",
    importEnvironment: [
      { name: "MAIL_CONFIG", value: null },
      { name: "MAIL_DEBUG", value: null },
      { name: "MAIL_LOGTAG", value: null },
      { name: "TZ", value: null },
      { name: "XAUTHORITY", value: null },
      { name: "DISPLAY", value: null },
      { name: "LANG", value: "C" },
      { name: "POSTLOG_SERVICE", value: null },
      { name: "POSTLOG_HOSTNAME", value: null },
    ],
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
    serviceDirectory: "/etc/mail/services",
  });
});

test("every value that is set arrives", () => {
  const settings = settingsOf(`
    stray
queue_directory = /q
data_directory = $queue_directory/data
daemon_directory = /d
compatibility_level = 3.6
mail_version = 9
myhostname = a.b
mail_owner = anna
inet_protocols = ipv6
inet_interfaces = loopback-only
known_tcp_ports = x=1
tcp_windowsize = 65536
syslog_facility = local0
syslog_name = tag
maillog_file = /var/log/x
postlog_service_name = p
import_environment = A
debugger_command = gdb $daemon_directory/$process_name $process_id
default_process_limit = 7
master_service_disable = inet
service_throttle_time = 1m
service_throttle_initial_time = $service_throttle_time
child_kill_delay = 3s
child_stderr = null
child_open_file_limit = 99
max_idle = 1h
max_use = 2
ipc_timeout = 4s
daemon_timeout = 5s
in_flow_delay = 0s
retire_time_limit = 6s
retire_min_age = 7s
limit_jitter_percent = 8
client_limit = 9
request_size_limit = 1024
service_directory = /s
`);
  expect(settings).toMatchObject({
    queueDirectory: "/q",
    dataDirectory: "/q/data",
    daemonDirectory: "/d",
    compatibilityLevel: [3, 6, 0],
    mailVersion: "9",
    myhostname: "a.b",
    mailOwner: "anna",
    mailOwnerUid: 1000,
    families: ["ipv6"],
    inetProtocols: "ipv6",
    inetInterfaces: "loopback-only",
    knownTcpPorts: new Map([["x", 1]]),
    tcpWindowsize: 65536,
    syslogFacility: "local0",
    syslogName: "tag",
    maillogFile: "/var/log/x",
    postlogServiceName: "p",
    importEnvironment: [{ name: "A", value: null }],
    debuggerCommand: "gdb /d/master 4711",
    defaultProcessLimit: 7,
    masterServiceDisable: "inet",
    serviceThrottleSeconds: 60,
    serviceThrottleInitialSeconds: 60,
    childKillDelaySeconds: 3,
    childStderr: "null",
    childOpenFileLimit: 99,
    maxIdleSeconds: 3600,
    maxUse: 2,
    ipcTimeoutSeconds: 4,
    daemonTimeoutSeconds: 5,
    inFlowDelaySeconds: 0,
    retireTimeLimitSeconds: 6,
    retireMinAgeSeconds: 7,
    limitJitterPercent: 8,
    clientLimit: 9,
    requestSizeLimitBytes: 1024,
    serviceDirectory: "/s",
  });
});

describe("a reference in the order of evaluation (MCF-49, MCF-62)", () => {
  const textOf = (text: string, name: string) => evaluate(text).evaluation.texts.get(name);

  test.each([
    ["sees what main.cf sets, wherever", "mail_name = $max_use\nmax_use = 3", "mail_name", "3"],
    ["sees a default that was stored before", "mail_name = $mail_version", "mail_name", "3.7.11"],
    ["does not see a later default", "mail_name = <$max_idle>", "mail_name", "<>"],
    [
      "does not see the host name in maillog_file (MCF-63)",
      "maillog_file = /var/$myhostname",
      "maillog_file",
      "/var/",
    ],
    [
      "sees a host name that is set (MCF-63)",
      "maillog_file = /var/$myhostname\nmyhostname = a.b",
      "maillog_file",
      "/var/a.b",
    ],
    [
      "sees the host name in later strings",
      "mail_name = $myhostname",
      "mail_name",
      "mail.example.org",
    ],
    [
      "sees an integer default as decimal (MCF-50)",
      "dont_remove = 1$default_process_limit",
      "dont_remove",
      "1100",
    ],
    [
      "sees the raw value of another",
      "mail_name = ${myorigin?set}\nmyorigin = $nothing$myhostname",
      "mail_name",
      "set",
    ],
    [
      "sees a string default expanded (MCF-50)",
      "relay_domains = $mydestination",
      "relay_domains",
      "mail.example.org, localhost.example.org, localhost",
    ],
    [
      "sees the program's name (MCF-72)",
      "mail_name = $process_name\nprocess_name = x",
      "mail_name",
      "master",
    ],
    [
      "sees the process id only at the end (MCF-62)",
      "mail_name = <$process_id>\nmaster_service_disable = $process_id",
      "mail_name",
      "<>",
    ],
    [
      "sees the process id then",
      "master_service_disable = $process_id",
      "master_service_disable",
      "4711",
    ],
    [
      "sees the configuration directory (MCF-09)",
      "mail_name = $config_directory",
      "mail_name",
      "/etc/mail",
    ],
    [
      "sees another one if the file says so (MCF-09)",
      "mail_name = $config_directory\nconfig_directory = /x",
      "mail_name",
      "/x",
    ],
    [
      "sees the daemon directory of this host",
      "mail_name = <$daemon_directory>\nrelay_domains = $daemon_directory",
      "relay_domains",
      "/usr/lib/mail",
    ],
  ])("%s", (_, text, name, expected) => {
    expect(textOf(text, name)).toBe(expected);
  });

  test("sees the dollar sign that a default has come to (MCF-48, MCF-50)", () => {
    expect(settingsOf("multi_instance_name = $$x").syslogName).toBe("$x");
  });

  test("takes the configuration directory itself from nowhere else (MCF-09, MCF-76)", () => {
    const { evaluation, problems } = evaluate("config_directory = /x");
    expect(evaluation.settings?.configDirectory).toBe("/etc/mail");
    expect(problems).toEqual([
      '1:20: warning: Read config_directory = "/x" for references only: the configuration directory is "/etc/mail", expected no other in its main.cf',
    ]);
    expect(evaluate("config_directory = /etc/mail").problems).toEqual([]);
  });
});

describe("an override (MCF-74)", () => {
  test("replaces what main.cf says and may refer to it", () => {
    const overrides = { max_use: "$default_process_limit", stress: "yes" };
    const settings = settingsOf("max_use = 3\ndefault_process_limit = 8", { overrides });
    expect(settings.maxUse).toBe(8);
  });

  test("has no place in a file when it is wrong", () => {
    expect(evaluate("max_use = 3", { overrides: { max_use: "x" } }).problems).toEqual([
      'error: Cannot use max_use = "x": expected a whole number of at least 1',
    ]);
  });
});

describe("the host and its domain (MCF-67)", () => {
  test.each([
    ["", "mail.example.org", "mail.example.org", "example.org"],
    ["", "mail", "mail.localdomain", "localdomain"],
    ["mydomain = a.b", "mail", "mail.a.b", "a.b"],
    ["mydomain = $x.b\nx = a", "mail", "mail.a.b", "a.b"],
    ["myhostname = single", "mail", "single", "localdomain"],
    ["myhostname = x.y.z", "mail", "x.y.z", "y.z"],
  ])('"%s" on %s', (text, hostName, myhostname, mydomain) => {
    const { evaluation, problems } = evaluate(text, { host: { hostName } });
    expect(problems).toEqual([]);
    expect(evaluation.texts.get("myhostname")).toBe(myhostname);
    expect(evaluation.texts.get("mydomain")).toBe(mydomain);
  });
});

describe("mistakes", () => {
  test("are all reported, each at its value (MCF-61)", () => {
    const { evaluation, problems } = evaluate(
      "max_use = 0\nqueue_directory =\n  $(\nin_flow_delay = 11s\nsoft_bounce=maybe\ndata_directory=\n",
    );
    expect(evaluation.settings).toBeNull();
    expect(problems).toEqual([
      '3:3: error: Cannot expand "$(": expected a closing ")" in the value of queue_directory',
      '6:16: error: Cannot use data_directory = "": expected text that is not empty',
      '1:11: error: Cannot use max_use = "0": expected a whole number of at least 1',
      '5:13: error: Cannot use soft_bounce = "maybe": expected "yes" or "no"',
      '4:17: error: Cannot use in_flow_delay = "11s": expected a time such as "100s", in s, m, h, d or w of at most 10',
    ]);
  });

  test("in a value that many refer to are reported once, where they are", () => {
    const text = "x = a$\nmail_name = $x\nmyorigin = $x\nmydestination = $x\n";
    expect(evaluate(text).problems).toEqual([
      '1:6: error: Cannot expand "$": expected a name after "$" (write "$$" for a plain "$") in the value of x',
    ]);
  });

  test("of a default name the parameter", () => {
    expect(evaluate("", { host: { hostName: "a..b" } }).problems).toEqual([
      'error: Cannot use myhostname = "a..b": expected a host name of letters, digits and hyphens',
      'error: Cannot use mydomain = ".b": expected a host name of letters, digits and hyphens',
    ]);
  });

  test("in what nobody evaluates stop nothing (MCF-34)", () => {
    const text = "x = $(\nsmtpd_banner = $x\nanvil_rate_time_unit = x\nstress = $(\n";
    expect(evaluate(text).problems).toEqual([]);
  });

  test("in debugger_command are only a warning (MCF-78)", () => {
    const { evaluation, problems } = evaluate("debugger_command = $(\n");
    expect(problems).toEqual([
      '1:20: warning: Cannot expand "$(": expected a closing ")" in the value of debugger_command: option -D will not work',
    ]);
    expect(evaluation.settings?.debuggerCommand).toBeNull();
  });
});

describe("special values", () => {
  test.each([
    [
      "an unknown facility (MCF-70)",
      "syslog_facility = mial",
      '1:19: error: Cannot use syslog_facility = "mial": expected a facility of syslog such as "mail" (did you mean "mail"?)',
    ],
    [
      "a facility in capitals (MCF-70)",
      "syslog_facility = MAIL",
      '1:19: error: Cannot use syslog_facility = "MAIL": expected a facility of syslog such as "mail"',
    ],
    [
      "an unknown protocol (MCF-68)",
      "inet_protocols = ipv4, ipv5",
      '1:18: error: Cannot use inet_protocols = "ipv4, ipv5": expected a list of ipv4, ipv6 and all, found "ipv5" (did you mean "ipv4"?)',
    ],
    [
      "a protocol in capitals (MCF-68)",
      "inet_protocols = ALL",
      '1:18: error: Cannot use inet_protocols = "ALL": expected a list of ipv4, ipv6 and all, found "ALL"',
    ],
    [
      "a level that is none (MCF-66)",
      "compatibility_level = 3.6.\nsmtputf8_enable = no\nrespectful_logging = no\nrelay_domains =\nmynetworks_style = host",
      '1:23: error: Cannot use compatibility_level = "3.6.": expected a level such as "3.6"',
    ],
    [
      "a host name in UTF-8 (MCF-65)",
      "myhostname = \xc3\xa9.org",
      '1:14: error: Cannot use myhostname = "\xc3\xa9.org": expected a host name of letters, digits and hyphens',
    ],
    [
      "a domain that is no name (MCF-65)",
      "mydomain = a/b",
      '1:12: error: Cannot use mydomain = "a/b": expected a host name of letters, digits and hyphens',
    ],
    [
      "mail sent to itself (MCF-65)",
      "relayhost = MAIL.example.org",
      '1:13: error: Cannot use relayhost = "MAIL.example.org": expected another host than myhostname',
    ],
    [
      "two origins (MCF-65)",
      "myorigin = a, b",
      '1:12: error: Cannot use myorigin = "a, b": expected one domain',
    ],
    [
      "a log file elsewhere (MST-130)",
      "maillog_file = /tmp/x",
      '1:16: error: Cannot use maillog_file = "/tmp/x": expected a path that starts with one of maillog_file_prefixes, "/var, /dev/stdout"',
    ],
    [
      "delimiters that are not allowed (MCF-109)",
      "default_verp_delimiters = +*",
      '1:27: error: Cannot use default_verp_delimiters = "+*": expected only characters of verp_delimiter_filter, "-=+"',
    ],
    [
      "an unknown use of standard error",
      "child_stderr = nul",
      '1:16: error: Cannot use child_stderr = "nul": expected "log" or "null" (did you mean "null"?)',
    ],
  ])("refuse %s", (_, text, problem) => {
    expect(evaluate(text).problems).toEqual([problem]);
  });

  test("leave out a family without support (MCF-68)", () => {
    const { evaluation, problems } = evaluate("inet_protocols = all", {
      host: { families: ["ipv6"] },
    });
    expect(evaluation.settings?.families).toEqual(["ipv6"]);
    expect(problems).toEqual([
      "1:18: warning: Left out ipv4 of inet_protocols: this system does not support it, nothing will listen there",
    ]);
  });

  test("may leave no protocol at all (MCF-68)", () => {
    expect(settingsOf("inet_protocols =").families).toEqual([]);
  });

  test("name the families in their own order", () => {
    expect(settingsOf("inet_protocols = ipv6 ipv4").families).toEqual(["ipv4", "ipv6"]);
  });
});

describe("accounts (MCF-65)", () => {
  test.each([
    [
      "mail_owner = nosuch",
      ['1:14: error: Cannot use mail_owner = "nosuch": expected the name of a user'],
    ],
    [
      "mail_owner = root",
      [
        '1:14: error: Cannot use mail_owner = "root": expected a user without privileges, found uid 0',
        '1:14: error: Cannot use mail_owner = "root": expected a user without privileges, found gid 0',
      ],
    ],
    [
      "mail_owner = wheel",
      [
        '1:14: error: Cannot use mail_owner = "wheel": expected a user without privileges, found gid 0',
      ],
    ],
    [
      "mail_owner = alias",
      [
        '1:14: error: Cannot use mail_owner = "alias": expected a user with an id of its own, but uid 100 is "postfix"',
      ],
    ],
    [
      "default_privs = nosuch",
      ['1:17: error: Cannot use default_privs = "nosuch": expected the name of a user'],
    ],
    [
      "default_privs = postfix",
      [
        '1:17: error: Cannot use default_privs = "postfix": expected another id than that of mail_owner, not the same uid 100',
      ],
    ],
    [
      "default_privs = sharing",
      [
        '1:17: error: Cannot use default_privs = "sharing": expected another id than that of mail_owner, not the same gid 200',
      ],
    ],
    [
      "setgid_group = nosuch",
      ['1:16: error: Cannot use setgid_group = "nosuch": expected the name of a group'],
    ],
    [
      "setgid_group = root",
      [
        '1:16: error: Cannot use setgid_group = "root": expected a group without privileges, found gid 0',
      ],
    ],
    [
      "setgid_group = alias",
      [
        '1:16: error: Cannot use setgid_group = "alias": expected a group with an id of its own, but gid 300 is "postdrop"',
      ],
    ],
    [
      "setgid_group = postfix",
      [
        '1:16: error: Cannot use setgid_group = "postfix": expected another id than that of mail_owner, not the same gid 200',
      ],
    ],
  ])("%s", (text, problems) => {
    expect(evaluate(text).problems).toEqual(problems);
  });

  const caller = { host: { callerUid: 1000 } };

  test("without root count only for the mail owner, who is the caller", () => {
    const text =
      "rootless_mode = yes\nmail_owner = anna\ndefault_privs = nosuch\nsetgid_group = nosuch\n";
    expect(evaluate(text, caller).problems).toEqual([]);
    expect(settingsOf(text, caller)).toMatchObject({ rootlessMode: true, mailOwnerUid: 1000 });
  });

  test("without root refuse another mail owner", () => {
    expect(evaluate("rootless_mode = yes", caller).problems).toEqual([
      'error: Cannot use mail_owner = "postfix": expected "anna", who runs this, because of rootless_mode = yes',
    ]);
  });

  test("are checked in full for root and without rootless_mode", () => {
    const text = "mail_owner = anna\nsetgid_group = nosuch\n";
    const problem = 'error: Cannot use setgid_group = "nosuch": expected the name of a group';
    expect(evaluate(text, caller).problems).toEqual([`2:16: ${problem}`]);
    expect(evaluate(`rootless_mode = yes\n${text}`).problems).toEqual([`3:16: ${problem}`]);
    expect(machine.callerUid).toBe(0);
  });
});

describe("known_tcp_ports (MCF-71)", () => {
  test("gives several names to a port, with blanks or without", () => {
    const settings = settingsOf("known_tcp_ports = a = b = 1 , c=65535,, d = 007,");
    expect(settings.knownTcpPorts).toEqual(
      new Map([
        ["a", 1],
        ["b", 1],
        ["c", 65535],
        ["d", 7],
      ]),
    );
  });

  test.each([
    ["a", '"name = port"'],
    ["a =", 'text on both sides of "="'],
    ["= 1", 'text on both sides of "="'],
    ["a b = 1", "no blank inside a word"],
    ["a = 1 2", "no blank inside a word"],
    ["5 = 1", "a name that is no number"],
    ["a = b", "a port number at the end"],
    ["a = 65536", "a port number of at most 65535"],
    ["x = 1", "each name only once"],
    ["a = a = 1", "each name only once"],
  ])('only warns of "%s"', (item, expected) => {
    const { evaluation, problems } = evaluate(`known_tcp_ports = x=9, ${item}`);
    expect(problems).toEqual([
      `1:19: warning: Ignored "${item}" in known_tcp_ports: expected ${expected}`,
    ]);
    expect(evaluation.settings?.knownTcpPorts).toEqual(new Map([["x", 9]]));
  });
});
