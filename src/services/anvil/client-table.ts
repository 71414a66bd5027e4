/**
 * Counts and rates of clients (PRO-60 to PRO-70). Time is an argument, in whole seconds that never go
 * back; nothing is read or written here. Changed in place: it is asked for every mail.
 */

const RATES = ["connection", "message", "recipient", "newtls", "auth", "tlstrace"] as const;
export type Rate = (typeof RATES)[number];

export type Ident = {
  readonly name: string;
  /** Connections that hold it. */
  count: number;
  /** In the current window, one window for all of them (PRO-65). */
  readonly rates: Record<Rate, number>;
  /** When the window began; null after a report has found it over (PRO-66). */
  windowStart: number | null;
};

/** What one connection of ours holds: at most one ident (PRO-61). */
export type Link = { ident: Ident | null };

const MOST = 2 ** 31 - 1;
const NO_RATES: Readonly<Record<Rate, number>> = Object.freeze({
  connection: 0,
  message: 0,
  recipient: 0,
  newtls: 0,
  auth: 0,
  tlstrace: 0,
});

export class ClientTable {
  readonly #unitSeconds: number;
  readonly #idents = new Map<string, Ident>();
  /** Held by nobody, with the time to forget them: the earliest first, as all wait equally long. */
  readonly #expiring = new Map<Ident, number>();
  /** Not later than the first of them. */
  #nextExpiry = Number.POSITIVE_INFINITY;

  constructor(unitSeconds: number) {
    this.#unitSeconds = unitSeconds;
  }

  get size(): number {
    return this.#idents.size;
  }

  /** No ident expires before this time. */
  get nextExpiry(): number {
    return this.#nextExpiry;
  }

  /** PRO-62 to PRO-64. */
  connect(link: Link, name: string, now: number): Ident {
    const known = this.#idents.get(name);
    if (known === undefined) return this.#create(link, name, now);
    this.#raise(known, "connection", now);
    if (known.count === 0) this.#expiring.delete(known);
    known.count++;
    this.#relink(link, known, now);
    return known;
  }

  /** Changes neither count nor link of a known ident (PRO-69); an unknown one is created (PRO-62). */
  raise(link: Link, name: string, rate: Rate, now: number): Ident {
    const ident = this.#idents.get(name) ?? this.#create(link, name, now);
    this.#raise(ident, rate, now);
    return ident;
  }

  /** Only if the connection holds this very ident (PRO-68). */
  disconnect(link: Link, name: string, now: number): void {
    if (link.ident !== null && link.ident === this.#idents.get(name)) this.release(link, now);
  }

  /** What the connection held is held no more (PRO-70). */
  release(link: Link, now: number): void {
    if (link.ident !== null) this.#drop(link.ident, now);
    link.ident = null;
  }

  /** Zeros for an unknown ident; a window that is over counts no more (PRO-66). */
  report(name: string, now: number): Readonly<Pick<Ident, "count" | "rates">> {
    const ident = this.#idents.get(name);
    if (ident === undefined) return { count: 0, rates: NO_RATES };
    if (ident.windowStart !== null && this.#isOver(ident.windowStart, now)) {
      startWindow(ident, null);
    }
    return ident;
  }

  /** Forgets those that nobody has held for a time unit (PRO-67): before anything else is done. */
  expire(now: number): void {
    if (now < this.#nextExpiry) return;
    for (const [ident, due] of this.#expiring) {
      if (now < due) {
        this.#nextExpiry = due;
        return;
      }
      this.#expiring.delete(ident);
      this.#idents.delete(ident.name);
    }
    this.#nextExpiry = Number.POSITIVE_INFINITY;
  }

  #create(link: Link, name: string, now: number): Ident {
    const rates = { ...NO_RATES, connection: 1 };
    const ident: Ident = { name, count: 1, rates, windowStart: now };
    this.#idents.set(name, ident);
    this.#relink(link, ident, now);
    return ident;
  }

  #relink(link: Link, ident: Ident, now: number): void {
    if (link.ident !== null) this.#drop(link.ident, now);
    link.ident = ident;
  }

  #drop(ident: Ident, now: number): void {
    if (ident.count === 0) return;
    ident.count--;
    if (ident.count > 0) return;
    const due = now + this.#unitSeconds;
    this.#expiring.set(ident, due);
    this.#nextExpiry = Math.min(this.#nextExpiry, due);
  }

  #raise(ident: Ident, rate: Rate, now: number): void {
    if (ident.windowStart === null || this.#isOver(ident.windowStart, now)) startWindow(ident, now);
    if (ident.rates[rate] < MOST) ident.rates[rate]++;
  }

  /** A fixed window, one second longer than its name says (PRO-65). */
  #isOver(windowStart: number, now: number): boolean {
    return windowStart + this.#unitSeconds < now;
  }
}

function startWindow(ident: Ident, now: number | null): void {
  for (const rate of RATES) ident.rates[rate] = 0;
  ident.windowStart = now;
}
