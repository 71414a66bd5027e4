/** What each request does and is answered (PRO-46 to PRO-59). Does no I/O; time is an argument. */
import type { ClientTable, Ident, Link, Rate } from "./client-table.ts";
import type { Peaks } from "./peaks.ts";

export type Now = Readonly<{
  /** Whole seconds that never go back. */
  seconds: number;
  /** Wall clock, for a peak: read only when there is one. */
  date: () => Date;
}>;

type State = Readonly<{ table: ClientTable; peaks: Peaks }>;

export const OK = "status=0\n\n";
/** -1, as integers go over this wire (PRO-28). */
export const FAILED = "status=4294967295\n\n";

/** Returns null for a request that nobody knows: it has failed (PRO-56). */
export function answer(
  state: State,
  link: Link,
  request: Readonly<{ name: string; ident: string }>,
  now: Now,
): string | null {
  const { name, ident } = request;
  state.table.expire(now.seconds);
  switch (name) {
    case "connect":
      return connect(state, link, ident, now);
    case "disconnect":
      state.table.disconnect(link, ident, now.seconds);
      return OK;
    // A constant, not the name as it came: it is looked up several times (half the cost of a request).
    case "message":
      return raise(state, link, ident, "message", now);
    case "recipient":
      return raise(state, link, ident, "recipient", now);
    case "newtls":
      return raise(state, link, ident, "newtls", now);
    case "auth":
      return raise(state, link, ident, "auth", now);
    case "tlstr":
      return raise(state, link, ident, "tlstrace", now);
    case "newtls_status":
      return rateReply(state.table.report(ident, now.seconds).rates.newtls);
    case "lookup":
      return report(state.table.report(ident, now.seconds));
    default:
      return null;
  }
}

function connect({ table, peaks }: State, link: Link, name: string, now: Now): string {
  const before = table.size;
  const { count, rates } = table.connect(link, name, now.seconds);
  if (table.size > before) peaks.noteSize(table.size, now.date);
  peaks.note("connection", rates.connection, name, now.date); // PRO-77: the rate first
  peaks.note("count", count, name, now.date);
  return `status=0\ncount=${count}\nrate=${rates.connection}\n\n`;
}

function raise({ table, peaks }: State, link: Link, name: string, rate: Rate, now: Now): string {
  const before = table.size;
  const value = table.raise(link, name, rate, now.seconds).rates[rate];
  if (table.size > before) peaks.noteSize(table.size, now.date);
  peaks.note(rate, value, name, now.date);
  return rateReply(value);
}

function rateReply(value: number): string {
  return `status=0\nrate=${value}\n\n`;
}

/** In the order of 3.7: a newer client's wish for `tlstr` is not met by the original either (PRO-58). */
function report({ count, rates }: Pick<Ident, "count" | "rates">): string {
  const { connection, message, recipient, newtls, auth } = rates;
  return (
    `status=0\ncount=${count}\nrate=${connection}\nmail=${message}\nrcpt=${recipient}\n` +
    `newtls=${newtls}\nauth=${auth}\n\n`
  );
}
