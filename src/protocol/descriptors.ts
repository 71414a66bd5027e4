/** What a child inherits: descriptors (PRO-01 to PRO-05), its generation, what its master understands. */

export const FLOW_READ_FD = 3;
export const FLOW_WRITE_FD = 4;
export const STATUS_FD = 5;
export const FIRST_LISTENER_FD = 6;

export const GENERATION_VARIABLE = "GENERATION";

/** Words that name what this master understands beyond Postfix's (design D17). */
export const FEATURES_VARIABLE = "PFMASTER_FEATURES";
export const RETIRE_FEATURE = "retire";

/** Octal without a prefix (PRO-12). */
export function formatGeneration(generation: number): string {
  return (generation >>> 0).toString(8);
}

/** null when it is not a number. Digits count up to the first that is not octal (PRO-13). */
export function parseGeneration(text: string | undefined): number | null {
  if (text === undefined) return 0;
  if (!/^[0-9]+$/.test(text)) return null;
  const octal = /^[0-7]*/.exec(text)?.[0] ?? "";
  return Number(BigInt.asUintN(32, BigInt(`0o${octal === "" ? "0" : octal}`)));
}
