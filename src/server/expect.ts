/** Compares values in tests of services. Public (public-module.ts). */
import type { Expectation } from "./public-module.ts";

export function expect(actual: unknown): Expectation {
  const require = (holds: boolean, expected: unknown): void => {
    if (holds) return;
    const failure = new Error(`expected ${show(expected)}, got ${show(actual)}`);
    Error.captureStackTrace(failure, require);
    throw failure;
  };
  return {
    toBe: (expected) => require(Object.is(actual, expected), expected),
    toEqual: (expected) => require(Bun.deepEquals(actual, expected), expected),
    toMatch(expected) {
      const text = typeof actual === "string" ? actual : show(actual);
      require(typeof expected === "string"
        ? text.includes(expected)
        : expected.test(text), expected);
    },
  };
}

function show(value: unknown): string {
  return Bun.inspect(value, { depth: 6 });
}
