/** Sends back what it receives: something to talk to when nothing else is there. */
import type { Service } from "../server/service.ts";

export const echo: Service = {
  onRequest: (connection, bytes) => connection.write(bytes),
};
