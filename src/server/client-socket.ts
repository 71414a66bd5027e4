/** What a client needs of its connection: a socket of the runtime, or what stands in for one. */
import type { Client } from "./client.ts";

export type ClientSocket = Pick<
  Bun.Socket<Client>,
  | "data"
  | "remoteAddress"
  | "remotePort"
  | "write"
  | "end"
  | "terminate"
  | "pause"
  | "resume"
  | "setKeepAlive"
>;
