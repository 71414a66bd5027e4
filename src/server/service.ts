/**
 * What a service is: data plus functions. A service file and the built-in services write it, the
 * skeleton reads it. The public module "pfmaster" (api.ts) hands these types on.
 */

/**
 * A parameter that the service reads from main.cf, or from `-o name=value` on its master.cf line.
 * A value that is not of its type, or out of bounds, ends the child before it accepts anyone.
 */
export type ParameterSpec =
  /** 32-bit; `long` 64-bit as far as a number is exact. Bounds of 0 mean no bound (MCF-51). */
  | Readonly<{ type: "int" | "long"; default: number; min?: number; max?: number }>
  /** Bounds are lengths in bytes, after `$name` was expanded. */
  | Readonly<{ type: "string"; default: string; min?: number; max?: number }>
  /** Not expanded: `$name` stays as it is. */
  | Readonly<{ type: "raw"; default: string; min?: number; max?: number }>
  | Readonly<{ type: "bool"; default: boolean }>
  /** Seconds. The default's letter (s, m, h, d, w) is the unit of a bare number (MCF-60). */
  | Readonly<{ type: "time"; default: string; min?: number; max?: number }>
  /** Like int and bool, with a default that may say `$name`. */
  | Readonly<{ type: "nint"; default: string; min?: number; max?: number }>
  | Readonly<{ type: "nbool"; default: string }>;

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

type ValueOf<S extends ParameterSpec> = S extends { type: "bool" | "nbool" }
  ? boolean
  : S extends { type: "string" | "raw" }
    ? string
    : number;

export type ParameterValues<P extends ParameterSpecs> = { readonly [N in keyof P]: ValueOf<P[N]> };

/** In main.cf's units; 0 means no limit, which main.cf itself cannot say (MCF-108). */
export type Limits = { maxUse: number; maxIdleSeconds: number };

export type ServiceLog = Readonly<{
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Only with -v; 1 is ordinary detail. */
  verbose(level: number, text: string): void;
}>;

export type Timer = { cancel(): void };

/** Time as the service sees it; the test kit can advance it. */
export type Clock = Readonly<{
  /** Never goes back; for intervals. */
  seconds(): number;
  /** Wall clock. */
  now(): Date;
  after(seconds: number, run: () => void): Timer;
}>;

export type Context<P extends ParameterSpecs = ParameterSpecs> = Readonly<{
  /** As in master.cf (`-n`). */
  name: string;
  /** The words after the options on the master.cf line. */
  words: readonly string[];
  parameters: ParameterValues<P>;
  log: ServiceLog;
  clock: Clock;
  /** In memory only; to be changed in `afterJail` (MUL-99). */
  limits: Limits;
  /** Stop accepting, finish the connected clients, leave (MUL-106). A second call does nothing. */
  drain(): void;
}>;

/** What a screener sent along with a passed connection: names and values of equal rank. */
export type PassAttributes = ReadonlyMap<string, string>;

/** One connected client, as the low-level handler sees it. */
export type Connection = {
  /** Numeric address and port, or null on a UNIX socket. */
  readonly remote: Readonly<{ address: string; port: number }> | null;
  /** For what the service wants to remember about this client. */
  state: unknown;
  /** Queues all of it. While some of it is not taken, the client's own data is not read. */
  write(bytes: Uint8Array | string): void;
  /** Disconnects when everything that was written has been taken. */
  end(): void;
};

/**
 * One connected client, as a session sees it. Each read and write has `ipc_timeout` to finish.
 * Reads return null when the client ended its side before the first byte. Errors: ClientTimeout;
 * ClientGone when the connection ended in the middle; RequestTooLarge beyond `request_size_limit`;
 * BadRequest when the framing is broken. Each ends the session, is logged, and costs nobody else.
 */
export type Session = {
  readonly remote: Readonly<{ address: string; port: number }> | null;
  /** Up to and without LF or CR LF, as UTF-8. */
  readLine(): Promise<string | null>;
  /** `5:hello,` gives "hello"; the bytes themselves, at most `request_size_limit`. */
  readNetstring(): Promise<Uint8Array | null>;
  /** So many bytes, at most `request_size_limit`. */
  readExactly(bytes: number): Promise<Uint8Array | null>;
  /**
   * A list in Postfix's form, as in attr_scan_plain(3) and attr_scan0(3): "plain" is `name=value` lines
   * and an empty line, "null" is names and values that each end in a null byte, and an empty name. Any
   * names are taken; of a name that comes twice the first value counts. Values are UTF-8.
   */
  readAttributes(form: "plain" | "null"): Promise<Map<string, string> | null>;
  /**
   * The request of a Postfix policy client (SMTPD_POLICY_README): `name=value` lines and an empty line.
   * Answer it with `writeAttributes("plain", [["action", "dunno"]])`.
   */
  readPolicyRequest(): Promise<Map<string, string> | null>;
  /** Resolves when the client's side of the connection has room again: await it. */
  write(data: Uint8Array | string): Promise<void>;
  /** Text without a line end, and LF. Errors: an Error when the text has a line end in it. */
  writeLine(text: string): Promise<void>;
  /** Text is sent as UTF-8, and its length counts bytes. */
  writeNetstring(data: Uint8Array | string): Promise<void>;
  /** Errors: an Error when a name or value has in it what ends one in this form. */
  writeAttributes(
    form: "plain" | "null",
    attributes: Iterable<readonly [string, string]>,
  ): Promise<void>;
};

export type Requirements = Readonly<{
  /** 1: the master.cf line must say max_proc 1 (solitary); 0: it must say 0 (unlimited). */
  processLimit?: 0 | 1;
  /** The service must keep root: unprivileged = n. */
  privileges?: true;
}>;

type Hooks<P extends ParameterSpecs> = Readonly<{
  parameters?: P;
  requires?: Requirements;
  /** Computes for long: one client at a time, so that others go to a sibling. */
  blocking?: true;
  /** Consume a flow-control token for each connection, or wait `in_flow_delay` (MUL-78). */
  flowControl?: true;
  /** On a reload clients are disconnected at once and must connect again, as anvil's do. */
  clientsReconnect?: true;
  /** Two processes of a service with process limit 1 may overlap while one retires. */
  mayOverlap?: true;
  /** As root and outside the jail (MUL-35). */
  beforeJail?(context: Context<P>): void | Promise<void>;
  /** Privileges are gone; nobody was accepted yet (MUL-38). */
  afterJail?(context: Context<P>): void | Promise<void>;
  /** Before every wait for events; returns the longest wait in seconds, -1 for no limit (MUL-44). */
  beforeWait?(context: Context<P>): number;
  /** Before each (re)listen and each connection is taken into service (MUL-46). */
  beforeAccept?(context: Context<P>): void;
  /** At a normal end, before status 0 (MUL-45). */
  onExit?(context: Context<P>): void;
}>;

/** The low-level form: a function that is called with whatever has arrived. */
export type HandlerService<P extends ParameterSpecs = ParameterSpecs> = Hooks<P> &
  Readonly<{
    onConnect?(
      connection: Connection,
      context: Context<P>,
      attributes: PassAttributes | null,
    ): void;
    /** The bytes are valid only during the call. */
    onData(connection: Connection, bytes: Uint8Array, context: Context<P>): void;
    onDisconnect?(connection: Connection, context: Context<P>): void;
  }>;

/** The comfortable form: one async function from connect to disconnect. */
export type SessionService<P extends ParameterSpecs = ParameterSpecs> = Hooks<P> &
  Readonly<{
    session(
      session: Session,
      context: Context<P>,
      attributes: PassAttributes | null,
    ): Promise<void>;
  }>;

export type Service<P extends ParameterSpecs = ParameterSpecs> =
  HandlerService<P> | SessionService<P>;
