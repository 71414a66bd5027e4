/** What the two forms of attribute lists have in common (PRO-27, PRO-34, PRO-35). */
import { broken, type Progress, quote } from "./framing.ts";

export type AttributePairs = Iterable<readonly [string, string]>;

/** PRO-35: no list of Postfix has as many. */
const MOST_ATTRIBUTES = 1024;

export function collectAttributes() {
  const attributes = new Map<string, string>();
  let count = 0;
  return {
    attributes,
    /** Null, or what is wrong. Existing names keep their value. */
    add(name: string, value: string): Progress<never> | null {
      count++;
      if (count > MOST_ATTRIBUTES) return broken(`expected at most ${MOST_ATTRIBUTES} attributes`);
      if (!attributes.has(name)) attributes.set(name, value);
      return null;
    },
  };
}

type Encoding = Readonly<{
  name: RegExp;
  value: RegExp;
  pair(name: string, value: string): string;
  end: string;
}>;

export function encodeWith(
  attributes: AttributePairs,
  encoding: Encoding,
): Readonly<{ text: string }> | Readonly<{ fault: string }> {
  let text = "";
  for (const [name, value] of attributes) {
    if (!encoding.name.test(name)) return { fault: `attribute name ${quote(name)}` };
    if (!encoding.value.test(value)) return { fault: `value ${quote(value)} of attribute ${name}` };
    text += encoding.pair(name, value);
  }
  return { text: text + encoding.end };
}
