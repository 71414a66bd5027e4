/** Syslog and postlogd as destinations. How bytes get there is for the given sender to know. */
import type { Destination } from "./logger.ts";
import { postlogMessage } from "./postlog-message.ts";
import { syslogMessage } from "./syslog-message.ts";
import type { Facility } from "./syslog-message.ts";

export const SYSLOG_SOCKET = "/dev/log";
export const DEFAULT_FACILITY = "mail";

export type Sender = { send(bytes: Uint8Array): "sent" | "dropped" | "nobody" };

export function syslogDestination(sender: Sender, facility: Facility): Destination {
  return { write: (record) => void sender.send(Buffer.from(syslogMessage(record, facility))) };
}

/** `onRefused` gets the line that nobody took: only some processes may write the file (MST-133). */
export function postlogDestination(
  sender: Sender,
  hostName: string,
  onRefused: (line: string) => void = () => {},
): Destination {
  return {
    write(record) {
      const line = postlogMessage(record, hostName);
      if (sender.send(Buffer.from(line)) !== "sent") onRefused(line);
    },
  };
}
