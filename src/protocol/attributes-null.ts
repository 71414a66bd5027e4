/** Attribute lists in Postfix's null-terminated form: name NUL value NUL … NUL (PRO-34). */
import { type AttributePairs, collectAttributes, encodeWith } from "./attribute-list.ts";
import { broken, byteString, complete, INCOMPLETE, type Reader, TOO_LARGE } from "./framing.ts";

/** `limit` counts the bytes of the whole list. Of a name that comes twice the first value counts. */
export function nullAttributesReader(limit: number): Reader<Map<string, string>> {
  const list = collectAttributes();
  let pendingName: string | null = null;
  let partStart = 0;
  let looked = 0;
  return (bytes) => {
    for (;;) {
      const end = bytes.indexOf(0, looked);
      if (end < 0) {
        looked = bytes.length;
        return bytes.length >= limit ? TOO_LARGE : INCOMPLETE;
      }
      if (end >= limit) return TOO_LARGE;
      const part = byteString(bytes.subarray(partStart, end));
      partStart = end + 1;
      looked = partStart;
      if (pendingName !== null) {
        const fault = list.add(pendingName, part);
        if (fault !== null) return fault;
        pendingName = null;
      } else if (part === "") return complete(list.attributes, partStart);
      // A table is a list within the list; nothing that reads lists here knows one.
      else if (part === "{") return broken('expected a flat attribute list, found "{"');
      else pendingName = part;
    }
  };
}

/** Returns what is wrong as text: a name or value that this form cannot carry. */
export function encodeNullAttributes(
  attributes: AttributePairs,
): Readonly<{ text: string }> | Readonly<{ fault: string }> {
  return encodeWith(attributes, {
    name: /^[^\0]+$/,
    value: /^[^\0]*$/,
    pair: (name, value) => `${name}\0${value}\0`,
    end: "\0",
  });
}
