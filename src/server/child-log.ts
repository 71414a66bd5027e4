/** Where the records of a child go: one of syslog and postlogd (MST-129 to MST-134), maybe also stderr. */
import { join } from "node:path";

import type { Settings } from "../config/settings.ts";
import {
  DEFAULT_FACILITY,
  postlogDestination,
  SYSLOG_SOCKET,
  syslogDestination,
} from "../log/destinations.ts";
import { createLogger, type Destination, type Logger } from "../log/logger.ts";
import { formatRecord } from "../log/record.ts";
import { isFacility } from "../log/syslog-message.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { LogSocket } from "../os/log-socket.ts";
import { writeOrDrop } from "../os/standard-error.ts";

const DEFAULT_NAME = "postfix";

type Environment = Readonly<Record<string, string | undefined>>;

export class ChildLog {
  readonly logger: Logger;
  readonly #processName: string;
  readonly #extra: Destination[] = [];
  #main: Destination;

  /** Before main.cf is known, the environment decides. */
  constructor(processName: string, verbosity: number, environment: Environment) {
    this.#processName = processName;
    const postlog = environment["POSTLOG_SERVICE"] ?? "";
    this.#main =
      postlog === ""
        ? syslogDestination(new LogSocket(SYSLOG_SOCKET), DEFAULT_FACILITY)
        : postlogDestination(new LogSocket(postlog), environment["POSTLOG_HOSTNAME"] ?? "");
    this.logger = createLogger({
      tag: `${environment["MAIL_LOGTAG"] ?? DEFAULT_NAME}/${processName}`, // MCF-03
      verbosity,
      destinations: [this.#main],
    });
  }

  /** The sockets are opened now: after a chroot they could not be found. */
  useSettings(settings: Settings): void {
    const { maillogFile, queueDirectory, postlogServiceName, syslogFacility } = settings;
    if (maillogFile === "") {
      const facility = isFacility(syslogFacility) ? syslogFacility : DEFAULT_FACILITY;
      this.#main = syslogDestination(new LogSocket(SYSLOG_SOCKET), facility);
    } else {
      const path = decodeByteString(join(queueDirectory, "public", postlogServiceName));
      this.#main = postlogDestination(new LogSocket(path), settings.myhostname);
    }
    // An inherited MAIL_LOGTAG no longer counts: `-o syslog_name` comes after it (MCF-73).
    this.logger.setTag(`${decodeByteString(settings.syslogName)}/${this.#processName}`);
    this.#show();
  }

  /** -V, and when a person started us by hand. */
  alsoToStderr(): void {
    this.#extra.push({ write: (record) => writeOrDrop(`${formatRecord(record)}\n`) });
    this.#show();
  }

  #show(): void {
    this.logger.setDestinations([this.#main, ...this.#extra]);
  }
}
