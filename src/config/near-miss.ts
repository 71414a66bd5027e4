/** The word that was probably meant. Must not know what kind of word it is. */

/** The first candidate that is one edit away: a letter more, less, other, or two swapped. */
export function nearMiss(word: string, candidates: readonly string[]): string | null {
  if (word.length < 2) return null;
  return candidates.find((candidate) => isOneEditAway(word, candidate)) ?? null;
}

function isOneEditAway(left: string, right: string): boolean {
  const difference = left.length - right.length;
  if (Math.abs(difference) > 1 || left === right) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  if (difference === 1) return left.slice(start + 1) === right.slice(start);
  if (difference === -1) return left.slice(start) === right.slice(start + 1);
  if (left.slice(start + 1) === right.slice(start + 1)) return true;
  const swapped = left[start] === right[start + 1] && left[start + 1] === right[start];
  return swapped && left.slice(start + 2) === right.slice(start + 2);
}
