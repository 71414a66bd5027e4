/** The policy's reports are byte strings, as the configuration is; a record is text. */
import type { Logger } from "../log/logger.ts";
import { decodeByteString } from "../os/byte-string.ts";
import type { Report } from "../policy/report.ts";

export function writeReport(log: Logger, { severity, text }: Report): void {
  log.write({ severity, text: decodeByteString(text) });
}
