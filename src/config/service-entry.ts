/** What one master.cf entry asks for, before and after its addresses are known. Plain data. */
import type { Position } from "./problem.ts";

export type Transport = "inet" | "unix" | "unix-dgram" | "fifo" | "pass";

/** Where a service wants to listen, as written. `port` is null when the name is unknown (SVC-22). */
export type EndpointRequest =
  | Readonly<{ type: "path"; path: string }>
  | Readonly<{ type: "host"; host: string; port: number | null; portText: string }>
  | Readonly<{ type: "interfaces"; port: number | null; portText: string }>;

export type ServiceEntry = Readonly<{
  /** The service name as written: for log records and `-n` (SVC-12). */
  externalName: string;
  /** `private/x`, `public/x`, `[127.0.0.1]:25`, `25` (SVC-13, SVC-22). */
  canonicalName: string;
  transport: Transport;
  /** Canonical name and transport: what makes two entries the same service. */
  identity: string;
  private: boolean;
  unprivileged: boolean;
  chroot: boolean;
  /** 0 is never. */
  wakeupSeconds: number;
  /** `1000?`: wait for the first child (SVC-28). */
  wakeupConditional: boolean;
  /** 0 is no limit. */
  processLimit: number;
  /** The command column as written; argv[0] of the child (SVC-49). */
  command: string;
  /** What to execute: daemon_directory, a slash and the command (SVC-30). */
  path: string;
  /** The rest of the line after tokenising (SVC-46). */
  arguments: readonly string[];
  request: EndpointRequest;
  /** Where each field stands. */
  at: Position;
  nameAt: Position;
  commandAt: Position;
}>;

/** One listener. Two endpoints with the same kind and address are the same socket. */
export type Endpoint =
  | Readonly<{ kind: "tcp"; address: string; port: number }>
  | Readonly<{ kind: "stream"; path: string }>
  | Readonly<{ kind: "datagram"; path: string }>
  | Readonly<{ kind: "fifo"; path: string }>;

/** A service whose addresses are known: ready to be activated. */
export type ServicePlan = Readonly<{
  entry: ServiceEntry;
  /** In descriptor order, 6, 7, … (SVC-19, PRO-05). */
  endpoints: readonly Endpoint[];
  /** Nobody outside this machine can connect (SVC-24). */
  localOnly: boolean;
}>;
