/** The parameters that are evaluated first, in that order: later ones see their values (MCF-62). */
import { optional, type Parameter, text, yesOrNo, yesOrNoBy } from "./parameter.ts";

const byMaster = { reader: "master", reload: "takes effect" } as const;
const byBoth = { reader: "master and child", reload: "takes effect" } as const;

export const FIRST_PARAMETERS: readonly Parameter[] = [
  optional("compatibility_level", "0", "Which older defaults stay in force.", byBoth),
  text("mail_version", "3.7.11", "The Postfix release that the daemons belong to.", byMaster),
  text("syslog_facility", "mail", "The facility of log records.", byBoth),
  optional("inet_protocols", "all", "Which of ipv4 and ipv6 to use.", byMaster),
  optional("multi_instance_directories", "", "Directories of further Postfix instances."),
  optional("multi_instance_group", "", "The group that this instance belongs to."),
  optional("multi_instance_name", "", "The name of this instance; shows in log tags.", byMaster),
  optional("maillog_file", "", "Log to this file instead of syslog.", byBoth),
  text("maillog_file_prefixes", "/var, /dev/stdout", "Where maillog_file may be.", byBoth),
  text("maillog_file_compressor", "gzip", 'What "postfix logrotate" compresses with.'),
  text("maillog_file_rotate_suffix", "%Y%m%d-%H%M%S", "Ending of a rotated log file."),
  text("maillog_file_permissions", "0600", "Mode of a new maillog_file.", byBoth),
  text("postlog_service_name", "postlog", "The service that writes maillog_file.", byBoth),
  optional("dnssec_probe", "ns:.", "DNS query that tests for DNSSEC validation."),
  optional(
    "known_tcp_ports",
    "lmtp=24, smtp=25, smtps=submissions=465, submission=587",
    "Port numbers that need no look-up in the services database.",
    { reader: "master", reload: "takes effect for new listeners" },
  ),
  yesOrNo("daemon_table_open_error_is_fatal", "no", "Stop a daemon that cannot open a table."),
  yesOrNo("dns_ncache_ttl_fix_enable", "no", "Use the right lifetime of negative DNS answers."),
  yesOrNoBy(
    "smtputf8_enable",
    "${{$compatibility_level} <level {1} ? {no} : {yes}}",
    "Support for addresses and headers in UTF-8.",
  ),
  yesOrNoBy("enable_idna2003_compatibility", "no", "Convert domain names by the rules of 2003."),
  yesOrNoBy(
    "respectful_logging",
    "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
    "Avoid wording in the log that implies that white is better than black.",
  ),
  text("myhostname", null, "The internet host name of this mail system.", byBoth),
  text("mydomain", null, "The internet domain of this mail system.", byMaster),
];
