/** What `import … from "pfmaster"` gives, apart from the types of a service. Declarations only (api.ts). */
import type { ParameterSpecs, PassAttributes, Service } from "./service.ts";

/**
 * Makes a service of data and functions: `export default defineService({ … })`. Gives back what it is
 * given, with its parameters' types filled in, and remembers where it was called, so that a mistake is
 * reported with its file, line and column.
 *
 * A service has either `session`, one async function for each client, or `onData` (and `onConnect`,
 * `onDisconnect`), which is called with whatever has arrived.
 */
export declare function defineService<P extends ParameterSpecs = Record<never, never>>(
  definition: Service<P>,
): Service<P>;

/** A read or write of a session took longer than `ipc_timeout`. The client's doing. */
export declare class ClientTimeout extends Error {
  readonly name: "ClientTimeout";
}

/** The client closed the connection within a request, or before it took a reply. */
export declare class ClientGone extends Error {
  readonly name: "ClientGone";
}

/** A request is, or is going to be, longer than `request_size_limit` bytes. */
export declare class RequestTooLarge extends Error {
  readonly name: "RequestTooLarge";
}

/** What the client sent is not in the form that was asked for. */
export declare class BadRequest extends Error {
  readonly name: "BadRequest";
}

export type TestOptions = Readonly<{
  /** Parameters as in main.cf: texts, with units and `$name`. The others have their defaults. */
  mainCf?: Readonly<Record<string, string>>;
  /** As in master.cf; "test" when left out. */
  name?: string;
  words?: readonly string[];
  /** What a screener sends along with every connection; null (nothing) when left out. */
  attributes?: PassAttributes;
  /** `ipc_timeout` in seconds of the test's clock; 3600 when left out. */
  ipcTimeoutSeconds?: number;
  /** `request_size_limit` in bytes; 65536 when left out. */
  requestSizeLimit?: number;
}>;

export type TestLogEntry = Readonly<{
  severity: "info" | "warning" | "error" | "verbose";
  text: string;
}>;

/** A client of a service under test. What is received is waited for, 5 s at most; then an Error. */
export type TestClient = Disposable &
  Readonly<{
    send(data: Uint8Array | string): Promise<void>;
    sendLine(text: string): Promise<void>;
    sendNetstring(data: Uint8Array | string): Promise<void>;
    /** A policy request is a list in the plain form. */
    sendAttributes(
      form: "plain" | "null",
      attributes: Iterable<readonly [string, string]>,
    ): Promise<void>;
    /** Without its end. */
    receiveLine(): Promise<string>;
    receiveNetstring(): Promise<string>;
    receiveExactly(bytes: number): Promise<Uint8Array>;
    receiveAttributes(form: "plain" | "null"): Promise<Record<string, string>>;
    /** Sends no more, and still receives. */
    end(): void;
    /** Waits until the service has disconnected this client. */
    disconnected(): Promise<void>;
  }>;

/** A service that runs in this process, on a socket of its own. Dispose of it: `await using`. */
export type TestedService = AsyncDisposable &
  Readonly<{
    connect(): Promise<TestClient>;
    /** The clock of the service stands still until `advance(seconds)`; timers then run in their order. */
    clock: Readonly<{ seconds(): number; now(): Date; advance(seconds: number): Promise<void> }>;
    /** Everything logged so far, by the service and about its clients. */
    log: readonly TestLogEntry[];
    /** Waits for a record whose text has this in it. */
    logged(text: string | RegExp): Promise<TestLogEntry>;
    /** The service has asked to be drained. */
    readonly draining: boolean;
  }>;

/**
 * Runs a service in this process on a scratch UNIX socket, in the order of a child: `beforeJail`,
 * `afterJail`, clients, `onExit` on disposal. Requirements are not checked. Errors: an Error that names
 * what is wrong with the definition or with `mainCf`.
 */
export declare function testService<P extends ParameterSpecs>(
  definition: Service<P>,
  options?: TestOptions,
): Promise<TestedService>;

/** For `pfmaster test`: the tests of a file run one after the other. A test passes unless it throws. */
export declare function test(name: string, run: () => void | Promise<void>): void;

export type Expectation = Readonly<{
  /** The same value (`Object.is`). */
  toBe(expected: unknown): void;
  /** Equal in depth. */
  toEqual(expected: unknown): void;
  /** Text that has this in it. */
  toMatch(expected: string | RegExp): void;
}>;

/** Throws an Error that shows both values when they do not fit. */
export declare function expect(actual: unknown): Expectation;
