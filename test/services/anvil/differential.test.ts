/** Postfix's anvil and ours, asked the same: 100,000 random requests over many sessions. */
import { describe, expect, test } from "bun:test";

import { cannotRun } from "../../e2e/prerequisites.ts";
import { AnvilProcess, missingForAnvils, type Side } from "./anvil-process.ts";
import { RandomTalk } from "./random-talk.ts";

const REQUESTS = 100_000;
const TIMEOUT_MILLISECONDS = 120_000;
/** Long enough for half of the requests on a slow machine; and all of it must be waited for. */
const TURNING_SECONDS = 15;

describe.skipIf(cannotRun("two anvils", missingForAnvils()))("the two anvils", () => {
  test(
    "reply alike, byte for byte, in a window that does not turn (PRO-46 to PRO-72)",
    async () => {
      const talk = (side: Side) => longTalk(side, 1);
      const [theirs, ours] = [await talk("postfix"), await talk("pfmaster")];
      expectAlike(ours, theirs);
    },
    TIMEOUT_MILLISECONDS,
  );

  test(
    "reply alike, byte for byte, before and after the window has turned (PRO-65 to PRO-67)",
    async () => {
      const [theirs, ours] = await Promise.all([turningTalk("postfix"), turningTalk("pfmaster")]);
      expectAlike(ours, theirs);
    },
    TIMEOUT_MILLISECONDS,
  );
});

async function longTalk(side: Side, seed: number): Promise<string[]> {
  await using anvil = new AnvilProcess(side, { settings: { anvil_rate_time_unit: "1d" } });
  using talk = new RandomTalk();
  return await talk.run({ path: anvil.path, requests: REQUESTS, seed });
}

/** No window turns during a half, and every one turns between the two. */
async function turningTalk(side: Side): Promise<string[]> {
  const settings = { anvil_rate_time_unit: `${TURNING_SECONDS}s` };
  await using anvil = new AnvilProcess(side, { settings });
  using talk = new RandomTalk();
  const half = async (seed: number) => {
    const began = performance.now();
    const replies = await talk.run({ path: anvil.path, requests: REQUESTS / 2, seed });
    const seconds = (performance.now() - began) / 1000;
    if (seconds > TURNING_SECONDS - 1) throw new Error(`${side}: too slow, ${seconds} s`);
    return replies;
  };
  const first = await half(2);
  await Bun.sleep((TURNING_SECONDS + 2) * 1000); // the time itself is what is tested
  return [...first, ...(await half(3))];
}

/** A difference of two long lists is shown by its first place. */
function expectAlike(ours: readonly string[], theirs: readonly string[]): void {
  const place = ours.findIndex((reply, index) => reply !== theirs[index]);
  expect({ place, reply: ours[place] }).toEqual({ place: -1, reply: theirs[place] });
  expect(ours).toHaveLength(theirs.length);
  expect(ours.length).toBeGreaterThanOrEqual(REQUESTS);
}
