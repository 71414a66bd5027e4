import { expect, test } from "bun:test";

import { nearMiss } from "../../src/config/near-miss.ts";

test.each([
  ["unx", "unix"],
  ["unixx", "unix"],
  ["unik", "unix"],
  ["nuix", "unix"],
  ["unxi", "unix"],
  ["funix", "unix"],
  ["fif", "fifo"],
])("takes %s for %s", (word, meant) => {
  expect(nearMiss(word, ["inet", "unix", "fifo"])).toBe(meant);
});

test.each(["", "u", "unix", "unux-", "xinu", "iunx", "tcp", "UNIX"])(
  "finds nothing near %j",
  (word) => {
    expect(nearMiss(word, ["inet", "unix", "fifo"])).toBeNull();
  },
);
