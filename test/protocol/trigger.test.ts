import { expect, test } from "bun:test";

import {
  FIFO_TRIGGER,
  STREAM_TRIGGER,
  TRIGGER_HOLD_SECONDS,
  TRIGGER_TIMEOUT_SECONDS,
} from "../../src/protocol/trigger.ts";

test("the wakeup request is what unmodified daemons understand (PRO-15 to PRO-18, MST-108)", () => {
  expect(Buffer.from(STREAM_TRIGGER).toString("latin1")).toBe("W\0");
  expect(Buffer.from(FIFO_TRIGGER).toString("latin1")).toBe("W");
  expect([TRIGGER_TIMEOUT_SECONDS, TRIGGER_HOLD_SECONDS]).toEqual([1, 101]);
});
