/**
 * Counts connections and rates of clients for Postfix's servers, and takes the place of its anvil(8).
 * Joins the parts of this folder with the service contract; decides nothing itself.
 */
import { decodeByteString } from "../../os/byte-string.ts";
import type { Connection, Context, HandlerService, Timer } from "../../server/service.ts";
import { answer, FAILED, type Now, OK } from "./answer.ts";
import { ClientTable, type Link } from "./client-table.ts";
import { Peaks } from "./peaks.ts";
import { scanRequest } from "./request.ts";

/** PRO-40. */
const GREETING = "protocol=anvil_protocol\n\n";
/** No ident is as long; the original takes any length (PRO-32). */
const LONGEST_REQUEST = 65_536;

const parameters = {
  anvil_rate_time_unit: { type: "time", default: "60s", min: 1 },
  anvil_status_update_time: { type: "time", default: "600s", min: 1 },
  ipc_timeout: { type: "time", default: "3600s", min: 1 },
} as const;

type Anvil = HandlerService<typeof parameters>;
type Surroundings = Context<typeof parameters>;

/** What one connection has: its link, and the beginning of a request that has not come whole. */
type Client = Link & { started: string; patience: Timer | null };

/** With tables of its own: all state is in memory, and a restart forgets it (PRO-77). */
export function createAnvil(): Anvil {
  const state = { current: null as State | null };
  const stateOf = (context: Surroundings) => (state.current ??= newState(context));
  return {
    parameters,
    requires: { processLimit: 1 },
    clientsReconnect: true,

    afterJail(context) {
      refuseWords(context);
      const { limits, parameters: values } = context;
      limits.maxUse = 0; // PRO-74
      if (limits.maxIdleSeconds > 0) {
        limits.maxIdleSeconds = Math.max(limits.maxIdleSeconds, values.anvil_rate_time_unit);
      }
      reportRegularly(stateOf(context), context);
    },
    onConnect(connection) {
      connection.state = newClient();
      connection.write(GREETING);
    },
    onData(connection, bytes, context) {
      serve(stateOf(context), clientOf(connection), connection, bytes, context);
    },
    onDisconnect(connection, context) {
      const client = clientOf(connection);
      if (client.started !== "") warnUnfinished(client, "premature end-of-input", context);
      if (client.ident !== null) connection.write(OK); // PRO-71, to whoever still reads
      release(stateOf(context), client, context);
    },
    onExit(context) {
      tell(stateOf(context), context);
    },
  };
}

type State = Readonly<{ table: ClientTable; peaks: Peaks }> & { expiry: Timer | null };

function newState({ parameters: { anvil_rate_time_unit: unit } }: Surroundings): State {
  return { table: new ClientTable(unit), peaks: new Peaks(unit), expiry: null };
}

function newClient(): Client {
  return { ident: null, started: "", patience: null };
}

/** In one-shot mode nobody was greeted (PRO-40). */
function clientOf(connection: Connection): Client {
  return (connection.state ??= newClient()) as Client;
}

/** Everything that has come is answered with one write. */
function serve(
  state: State,
  client: Client,
  connection: Connection,
  bytes: Uint8Array,
  context: Surroundings,
): void {
  const text = client.started + latin1(bytes);
  const source = sourceOf(context);
  const now = timeOf(context);
  let replies = "";
  let at = 0;
  let malformed = false;
  while (at < text.length) {
    const scan = scanRequest(text, at, source);
    if (scan.type === "incomplete") break;
    if (scan.complaint !== null) {
      warn(context, scan.complaint);
      at = text.length; // what else has come is lost, as it is in the original
    }
    malformed = scan.type === "malformed";
    if (scan.type === "malformed") break;
    if (scan.complaint === null) at += scan.used;
    const reply = answer(state, client, scan, now);
    if (reply === null) warn(context, `unrecognized request: "${scan.name}", ignored`);
    replies += reply ?? FAILED;
  }
  if (replies !== "") connection.write(replies);
  client.started = "";
  if (at > 0) stopWaiting(client);
  if (at < text.length) keep(client, text.slice(at), connection, context);
  expireInTime(state, context);
  if (malformed) connection.end(); // PRO-44
}

/** The beginning of a request: the rest of it must come in time, and be of a reasonable size. */
function keep(client: Client, text: string, connection: Connection, context: Surroundings): void {
  const { clock, parameters: values } = context;
  if (text.length > LONGEST_REQUEST) {
    warn(context, `a request of more than ${LONGEST_REQUEST} bytes from ${sourceOf(context)}`);
    return connection.end();
  }
  client.started = text;
  client.patience ??= clock.after(values.ipc_timeout, () => {
    warnUnfinished(client, "timeout", context);
    client.started = "";
    connection.end();
  });
}

function stopWaiting(client: Client): void {
  client.patience?.cancel();
  client.patience = null;
}

function release(state: State, client: Client, context: Surroundings): void {
  stopWaiting(client);
  state.table.release(client, wholeSeconds(context));
  expireInTime(state, context);
}

/** So that memory is given back when no request comes any more. */
function expireInTime(state: State, context: Surroundings): void {
  const { table } = state;
  if (state.expiry !== null || table.nextExpiry === Number.POSITIVE_INFINITY) return;
  state.expiry = context.clock.after(table.nextExpiry - context.clock.seconds(), () => {
    state.expiry = null;
    table.expire(wholeSeconds(context));
    expireInTime(state, context);
  });
}

function reportRegularly(state: State, context: Surroundings): void {
  context.clock.after(context.parameters.anvil_status_update_time, () => {
    tell(state, context);
    reportRegularly(state, context);
  });
}

function tell({ peaks }: State, { log }: Surroundings): void {
  for (const line of peaks.takeReport()) log.info(decodeByteString(line));
}

/** PRO-43, said before the first client instead of to it. */
function refuseWords({ words: [word] }: Surroundings): void {
  if (word !== undefined) throw new Error(`unexpected command-line argument: ${word}`);
}

function warn({ log }: Surroundings, complaint: string): void {
  log.warn(decodeByteString(complaint));
}

function warnUnfinished({ started }: Client, what: string, context: Surroundings): void {
  const source = sourceOf(context);
  const scan = scanRequest(started, 0, source);
  const reading = scan.type === "incomplete" ? scan.reading : "name";
  warn(context, `${what} on ${source} while reading input attribute ${reading}`);
}

/** How the original calls a client's connection. */
function sourceOf({ name }: Surroundings): string {
  return `${name} socket`;
}

function timeOf(context: Surroundings): Now {
  return { seconds: wholeSeconds(context), date: () => context.clock.now() };
}

function wholeSeconds({ clock }: Surroundings): number {
  return Math.floor(clock.seconds());
}

function latin1(bytes: Uint8Array): string {
  return Buffer.prototype.toString.call(bytes, "latin1");
}
