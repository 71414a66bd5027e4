/** Sends back what it receives: something to talk to when nothing else is there. */
import type { HandlerService } from "../server/service.ts";

export const echo: HandlerService = {
  onData: (connection, bytes) => connection.write(bytes),
};
