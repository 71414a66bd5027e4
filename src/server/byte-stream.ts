/**
 * What a session stands on: one client's bytes, taken when they are asked for. The skeleton makes
 * it of a socket, a test of anything. Knows no framing.
 */
import type { Clock, Session } from "./service.ts";

export type ByteStream = {
  readonly remote: Session["remote"];
  /**
   * The next bytes, however many; they are the caller's. Null when the client has ended its side.
   * Nothing is taken from the client before somebody asks. Errors: ClientTimeout when
   * `clock.seconds()` passes `deadline`; ClientGone when the connection is broken.
   */
  read(deadline: number): Promise<Uint8Array | null>;
  /** Resolves when the client's side has room for more. The same errors. */
  write(bytes: Uint8Array, deadline: number): Promise<void>;
};

/** For `createSession(stream, bounds)` in session.ts. */
export type SessionBounds = Readonly<{
  /** Of each operation of a session, from its call to its end. */
  ipcTimeoutSeconds: number;
  requestSizeLimitBytes: number;
  clock: Clock;
}>;
