import { describe, expect, test } from "bun:test";

import { RateLimit } from "../../src/log/rate-limit.ts";

const LIMIT = { burst: 3, intervalSeconds: 10 };

function flood(limit: RateLimit, count: number, nowSeconds: number): string[] {
  return Array.from({ length: count }, () => JSON.stringify(limit.allow("child", nowSeconds)));
}

describe("rate limit", () => {
  test("lets a burst through and drops the rest of the interval", () => {
    const limit = new RateLimit(LIMIT);
    expect(flood(limit, 5, 0)).toEqual(['"log"', '"log"', '"log"', '"drop"', '"drop"']);
    expect(flood(limit, 1, 9.9)).toEqual(['"drop"']);
  });

  test("the first record after it says how many were lost, once", () => {
    const limit = new RateLimit(LIMIT);
    flood(limit, 5, 0);
    expect(flood(limit, 2, 10)).toEqual(['{"suppressed":2}', '"log"']);
  });

  test("one noisy source does not silence another", () => {
    const limit = new RateLimit(LIMIT);
    flood(limit, 5, 0);
    expect(limit.allow("other", 0)).toBe("log");
  });

  test("a source that fell silent is accounted for in the end, once", () => {
    const limit = new RateLimit(LIMIT);
    flood(limit, 5, 0);
    limit.allow("other", 0);
    expect(limit.sweep(9)).toEqual([]);
    expect(limit.hasWindows).toBe(true);
    expect(limit.sweep(10)).toEqual([{ key: "child", suppressed: 2 }]);
    expect(limit.sweep(11)).toEqual([]);
    expect(limit.hasWindows).toBe(false);
    expect(limit.allow("child", 12)).toBe("log");
  });
});
