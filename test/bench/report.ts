/** Figures of both masters side by side: rounds in alternating order, medians, one line a row. */

export type Side = "postfix" | "pfmaster";
export type Figures = Readonly<Record<Side, readonly number[]>>;

export type Row = Readonly<{
  name: string;
  unit: string;
  better: "lower" | "higher";
  figures: Figures;
}>;

/** Measures both sides in every round; who goes first alternates, so that drift hits both alike. */
export async function interleaved<T>(
  rounds: number,
  measure: (side: Side) => Promise<T>,
): Promise<Record<Side, T[]>> {
  const results: Record<Side, T[]> = { postfix: [], pfmaster: [] };
  for (let round = 0; round < rounds; round++) {
    const order: Side[] = round % 2 === 0 ? ["postfix", "pfmaster"] : ["pfmaster", "postfix"];
    for (const side of order) results[side].push(await measure(side));
  }
  return results;
}

/** One figure out of each side's results. */
export function figuresOf<T>(results: Record<Side, T[]>, pick: (result: T) => number): Figures {
  return { postfix: results.postfix.map(pick), pfmaster: results.pfmaster.map(pick) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) throw new Error("No median of no figures");
  return (lower + upper) / 2;
}

/** The ratio is pfmaster's median to Postfix's, with the range of the ratios of single rounds. */
export function formatRow({ name, unit, better, figures }: Row): string {
  const { postfix, pfmaster } = figures;
  const ratios = pfmaster.map((value, round) => value / (postfix[round] ?? Number.NaN));
  const ratio = ratioText(median(pfmaster) / median(postfix));
  const range = `${ratioText(Math.min(...ratios))}–${ratioText(Math.max(...ratios))}`;
  const rounds = ratios.length === 1 ? "1 round" : `median of ${ratios.length} rounds, ${range}`;
  const sides = `postfix=${quantity(median(postfix), unit)}  pfmaster=${quantity(median(pfmaster), unit)}`;
  return `${name.padEnd(46)}  ${sides}  ratio=${ratio}  (${rounds}; ${better} is better)`;
}

function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : "-";
}

function quantity(value: number, unit: string): string {
  const digits = value !== 0 && Math.abs(value) < 100 ? 2 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
