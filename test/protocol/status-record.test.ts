import { expect, test } from "bun:test";

import {
  decodeStatusRecord,
  encodeStatusRecord,
  STATUS_TAKEN,
} from "../../src/protocol/status-record.ts";

test("a status record is the twelve bytes of the example (PRO-09)", () => {
  const record = { pid: 4660, generation: 3, status: STATUS_TAKEN };
  const bytes = encodeStatusRecord(record);
  expect(Buffer.from(bytes).toString("hex")).toBe("341200000300000000000000");
  expect(decodeStatusRecord(bytes)).toEqual(record);
});

test("numbers keep their sign and their range", () => {
  const record = { pid: -1, generation: 2 ** 32 - 1, status: -2 };
  expect(decodeStatusRecord(encodeStatusRecord(record))).toEqual(record);
});

test.each([0, 11, 13, 24])("a message of %d bytes is no record (MST-95)", (length) => {
  expect(decodeStatusRecord(new Uint8Array(length))).toBe(null);
});

test("a record may lie anywhere in a larger buffer", () => {
  const record = { pid: 5, generation: 6, status: 1 };
  const room = Buffer.concat([Buffer.alloc(3), encodeStatusRecord(record)]);
  expect(decodeStatusRecord(room.subarray(3))).toEqual(record);
});
