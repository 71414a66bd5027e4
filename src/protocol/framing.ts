/**
 * What the readers of requests have in common. A reader does no I/O: it is shown the bytes that have
 * come so far, again and again as there are more, and looks at each byte once.
 */

/** `used` bytes belong to the request; what follows them is the next one. */
export type Progress<T> =
  | Readonly<{ type: "incomplete" }>
  | Readonly<{ type: "complete"; value: T; used: number }>
  /** Longer than the limit, or going to be. */
  | Readonly<{ type: "too-large" }>
  /** Can never become a request; `reason` completes "Cannot read the request: ". */
  | Readonly<{ type: "broken"; reason: string }>;

/** `bytes` starts with the first byte of the request each time, and never gets shorter. */
export type Reader<T> = (bytes: Uint8Array) => Progress<T>;

export const INCOMPLETE = { type: "incomplete" } as const;
export const TOO_LARGE = { type: "too-large" } as const;

export function complete<T>(value: T, used: number): Progress<T> {
  return { type: "complete", value, used };
}

export function broken(reason: string): Progress<never> {
  return { type: "broken", reason };
}

/** One character per byte: what the bytes mean is for others to say. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += MOST_ARGUMENTS) {
    text += String.fromCharCode(...bytes.subarray(at, at + MOST_ARGUMENTS));
  }
  return text;
}

/** A call with more would overflow the stack. */
const MOST_ARGUMENTS = 4096;

/** For messages: printable, and short. */
export function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return JSON.stringify(shown);
}
