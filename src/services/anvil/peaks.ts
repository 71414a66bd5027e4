/** The highest figures since the last report, and how they are told (PRO-75, PRO-76). Knows no clock. */
import type { Rate } from "./client-table.ts";

type Peak = Readonly<{ value: number; ident: string; when: Date }>;
export type PeakKind = Rate | "count";

/** In the order of the report. */
const KINDS: readonly PeakKind[] = [
  "connection",
  "count",
  "message",
  "recipient",
  "newtls",
  "auth",
  "tlstrace",
];

export class Peaks {
  readonly #unitSeconds: number;
  readonly #highest = new Map<PeakKind, Peak>();
  #size: Omit<Peak, "ident"> | null = null;

  constructor(unitSeconds: number) {
    this.#unitSeconds = unitSeconds;
  }

  note(kind: PeakKind, value: number, ident: string, now: () => Date): void {
    if (value <= (this.#highest.get(kind)?.value ?? 0)) return;
    this.#highest.set(kind, { value, ident, when: now() });
  }

  noteSize(value: number, now: () => Date): void {
    if (value > (this.#size?.value ?? 0)) this.#size = { value, when: now() };
  }

  /** One line each, in the words of the original; the next report begins from nothing. */
  takeReport(): string[] {
    const lines = KINDS.flatMap((kind) => {
      const peak = this.#highest.get(kind);
      return peak === undefined ? [] : [`statistics: max ${this.#describe(kind, peak)}`];
    });
    if (this.#size !== null) {
      const { value, when } = this.#size;
      lines.push(`statistics: max cache size ${value} at ${formatTime(when)}`);
    }
    this.#highest.clear();
    this.#size = null;
    return lines;
  }

  #describe(kind: PeakKind, { value, ident, when }: Peak): string {
    const what =
      kind === "count"
        ? `connection count ${value}`
        : `${kind} rate ${value}/${this.#unitSeconds}s`;
    return `${what} for (${ident}) at ${formatTime(when)}`;
  }
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** As ctime(3) has it, without weekday and year. */
function formatTime(when: Date): string {
  const day = String(when.getDate()).padStart(2, " ");
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${MONTHS[when.getMonth()]} ${day} ${time}`;
}
