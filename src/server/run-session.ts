/** Runs the session function of a service for one client, and says in the log why it failed. */
import { ClientGone, ClientTimeout, isSessionError } from "./errors.ts";
import type { Context, ParameterSpecs, PassAttributes, SessionService } from "./service.ts";
import { ClientSession, type SessionLimits, type SessionPeer } from "./session.ts";

export type SessionEnds = Readonly<{
  /** The session function has returned: disconnect when everything written has been taken. */
  finish(): void;
  /** It failed: disconnect now. */
  abort(): void;
}>;

type Run<P extends ParameterSpecs> = Readonly<{
  service: SessionService<P>;
  context: Context<P>;
  attributes: PassAttributes | null;
  peer: SessionPeer & SessionEnds;
  limits: Omit<SessionLimits, "clock">;
}>;

/** Feed the result with what the connection brings. It never throws. */
export function startSession<P extends ParameterSpecs>(run: Run<P>): ClientSession {
  const { peer, limits, context } = run;
  const session = new ClientSession(peer, { ...limits, clock: context.clock });
  void serve(run, session);
  return session;
}

async function serve<P extends ParameterSpecs>(run: Run<P>, session: ClientSession): Promise<void> {
  const { service, context, attributes, peer } = run;
  try {
    await service.session(session, context, attributes);
    peer.finish();
  } catch (error) {
    report(error, run);
    peer.abort();
  } finally {
    session.fail(new ClientGone("the session is over"));
  }
}

function report<P extends ParameterSpecs>(error: unknown, { context, peer }: Run<P>): void {
  const client = peer.remote === null ? "a client" : `client ${peer.remote.address}`;
  if (error instanceof ClientGone) context.log.verbose(1, `${client} left: ${error.message}`);
  else if (error instanceof ClientTimeout) {
    context.log.info(`disconnected ${client}: ${error.message}`); // idle clients are nobody's fault
  } else if (isSessionError(error)) context.log.warn(`disconnected ${client}: ${error.message}`);
  else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.log.error(`disconnected ${client}: its session failed: ${text.replaceAll("\n", " ")}`);
  }
}
