/** Where the records of a child go: one of syslog and postlogd (MST-129 to MST-134), maybe also stderr. */
import { join } from "node:path";

import type { Settings } from "../config/settings.ts";
import { createLogger, type Destination, type Logger } from "../log/logger.ts";
import { postlogMessage } from "../log/postlog-message.ts";
import { formatRecord } from "../log/record.ts";
import { type Facility, isFacility, syslogMessage } from "../log/syslog-message.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { LogSocket } from "../os/log-socket.ts";
import { writeRecord } from "../os/write-record.ts";

const SYSLOG_SOCKET = "/dev/log";
const DEFAULT_NAME = "postfix";

type Environment = Readonly<Record<string, string | undefined>>;

export class ChildLog {
  readonly logger: Logger;
  readonly #processName: string;
  readonly #environment: Environment;
  readonly #extra: Destination[] = [];
  #main: Destination;

  /** Before main.cf is known, the environment decides. */
  constructor(processName: string, verbosity: number, environment: Environment) {
    this.#processName = processName;
    this.#environment = environment;
    const postlog = environment["POSTLOG_SERVICE"] ?? "";
    this.#main = postlog === "" ? toSyslog("mail") : this.#toPostlog(postlog, "");
    this.logger = createLogger({
      tag: this.#tag(DEFAULT_NAME),
      verbosity,
      destinations: [this.#main],
    });
  }

  /** The sockets are opened now: after a chroot they could not be found. */
  useSettings(settings: Settings): void {
    const { maillogFile, queueDirectory, postlogServiceName, syslogFacility } = settings;
    const path = decodeByteString(join(queueDirectory, "public", postlogServiceName));
    this.#main =
      maillogFile === ""
        ? toSyslog(isFacility(syslogFacility) ? syslogFacility : "mail")
        : this.#toPostlog(path, settings.myhostname);
    this.logger.setTag(this.#tag(decodeByteString(settings.syslogName)));
    this.#show();
  }

  /** -V, and when a person started us by hand. */
  alsoToStderr(): void {
    this.#extra.push({
      write: (record) => writeRecord(2, Buffer.from(`${formatRecord(record)}\n`)),
    });
    this.#show();
  }

  #show(): void {
    this.logger.setDestinations([this.#main, ...this.#extra]);
  }

  /** MCF-03. */
  #tag(syslogName: string): string {
    return `${this.#environment["MAIL_LOGTAG"] ?? syslogName}/${this.#processName}`;
  }

  #toPostlog(path: string, host: string): Destination {
    const socket = new LogSocket(path);
    const name = host === "" ? (this.#environment["POSTLOG_HOSTNAME"] ?? "") : host;
    return { write: (record) => void socket.send(Buffer.from(postlogMessage(record, name))) };
  }
}

function toSyslog(facility: Facility): Destination {
  const socket = new LogSocket(SYSLOG_SOCKET);
  return { write: (record) => void socket.send(Buffer.from(syslogMessage(record, facility))) };
}
