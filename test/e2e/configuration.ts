/** The files of a private Postfix instance: Debian's own master.cf, moved to a loopback port. */

import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { DEBIAN_MASTER_CF } from "./prerequisites.ts";

export type Places = Readonly<{
  configuration: string;
  queue: string;
  data: string;
  daemons: string;
  mailboxes: string;
  logFile: string;
}>;

export const MAIL_DOMAIN = "mail.pfmaster.test";
export const MAIL_USER = "nobody"; // local(8) does not deliver as root, and every Debian has this one

/** Every place is ours; everything else keeps its default. Daemons leave after a second of idleness. */
export function mainCf(places: Places, extra: Readonly<Record<string, string>>): string {
  const parameters: Record<string, string> = {
    compatibility_level: "3.6",
    queue_directory: places.queue,
    data_directory: places.data,
    daemon_directory: places.daemons,
    maillog_file: places.logFile,
    maillog_file_prefixes: dirname(places.logFile),
    myhostname: MAIL_DOMAIN,
    mydestination: "$myhostname, localhost",
    mynetworks: "127.0.0.0/8 [::1]/128",
    inet_interfaces: "loopback-only",
    inet_protocols: "all",
    smtpd_relay_restrictions: "permit_mynetworks reject",
    alias_maps: "",
    alias_database: "",
    local_recipient_maps: "",
    mail_spool_directory: `${places.mailboxes}/`, // the final slash asks for maildir
    biff: "no",
    max_idle: "1s",
    ipc_idle: "1s",
    ...extra,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}

/** The file as Debian ships it, except that SMTP is served on this port, and for these lines. */
export function masterCf(port: number, services: readonly string[] = []): string {
  const shipped = readFileSync(DEBIAN_MASTER_CF, "utf8");
  const moved = shipped.replace(/^smtp(\s+inet\s)/m, `${port}$1`);
  if (moved === shipped) throw new Error(`${DEBIAN_MASTER_CF} has no "smtp inet" line to move`);
  return services.reduce(replaceService, moved);
}

function replaceService(file: string, line: string): string {
  const [name = "", type = ""] = line.split(/\s+/);
  const place = new RegExp(`^${name}\\s+${type}\\s.*$`, "m");
  if (!place.test(file)) throw new Error(`${DEBIAN_MASTER_CF} has no "${name} ${type}" line`);
  return file.replace(place, line);
}

/** Debian chroots most daemons into the queue directory: they look names up there. */
export function furnishChroot(queueDirectory: string): void {
  mkdirSync(join(queueDirectory, "etc"), { mode: 0o755 });
  for (const name of [
    "hosts",
    "services",
    "resolv.conf",
    "nsswitch.conf",
    "host.conf",
    "localtime",
  ]) {
    if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, join(queueDirectory, "etc", name));
  }
}
