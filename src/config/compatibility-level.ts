/** compatibility_level and the `level` operators: major.minor.patch (MCF-44, MCF-66). */
import type { CompatibilityLevel } from "./settings.ts";

const LARGEST_MAJOR = 2 ** 43 - 1; // the original packs three parts into 64 bits
const LARGEST_MINOR = 1023;

const PART = "[ \\t\\r\\n\\v\\f]*[+-]?\\d+";
const LEVEL = new RegExp(`^${PART}(?:\\.${PART}){0,2}$`);

/** Null when the text is malformed. Blanks and a sign in front of a part are read, as strtol does. */
export function parseCompatibilityLevel(text: string): CompatibilityLevel | null {
  if (!LEVEL.test(text)) return null;
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  const valid =
    isBetween(major, LARGEST_MAJOR) &&
    isBetween(minor, LARGEST_MINOR) &&
    isBetween(patch, LARGEST_MINOR);
  return valid ? [major, minor, patch] : null;
}

/** Negative, zero or positive: 3.10 is above 3.9. */
export function compareLevels(left: CompatibilityLevel, right: CompatibilityLevel): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function isBetween(part: number, largest: number): boolean {
  return part >= 0 && part <= largest;
}
