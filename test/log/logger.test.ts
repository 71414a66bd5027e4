import { describe, expect, test } from "bun:test";

import { createLogger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record.ts";
import {
  ERRORS_BEFORE_FATAL,
  isAtLeast,
  SLEEP_BEFORE_EXIT_SECONDS,
} from "../../src/log/severity-policy.ts";

function collect(verbosity = 0) {
  const records: LogRecord[] = [];
  const destination = { write: (record: LogRecord) => void records.push(record) };
  const logger = createLogger({ tag: "postfix/master", verbosity, destinations: [destination] });
  const lines = () => records.map(({ severity, text }) => `${severity}: ${text}`);
  return { logger, records, destination, lines };
}

describe("logger", () => {
  test("every severity reaches the destination with tag, pid and time", () => {
    const { logger, records, lines } = collect();
    logger.info("i");
    logger.warn("w");
    logger.error("e");
    logger.fatal("f");
    logger.panic("p");
    logger.write({ severity: "warning", text: "again" });
    expect(lines()).toEqual([
      "info: i",
      "warning: w",
      "error: e",
      "fatal: f",
      "panic: p",
      "warning: again",
    ]);
    expect(records[0]).toMatchObject({
      tag: "postfix/master",
      pid: process.pid,
      time: expect.any(Date),
    });
  });

  test("repeats are not swallowed: that is for the rate limit to decide", () => {
    const { logger, records } = collect();
    for (let count = 0; count < 100; count++) logger.info("the same");
    expect(records.length).toBe(100);
  });

  test.each([
    [0, []],
    [1, ["info: one"]],
    [2, ["info: one", "info: two"]],
    [3, ["info: one", "info: two", "info: three"]],
  ])("verbosity %d shows as much detail (MCF-06)", (verbosity, expected) => {
    const { logger, lines } = collect(verbosity);
    logger.verbose(1, "one");
    logger.verbose(2, "two");
    logger.verbose(3, "three");
    expect(lines()).toEqual(expected);
  });

  test("tag and destinations change for what comes later", () => {
    const first = collect();
    const second = collect();
    first.logger.info("early");
    first.logger.setTag("mail/master");
    first.logger.setDestinations([second.destination, first.destination]);
    first.logger.info("late");
    expect(first.records.map(({ tag }) => tag)).toEqual(["postfix/master", "mail/master"]);
    expect(second.lines()).toEqual(["info: late"]);
  });

  test("what the environment says does not matter", async () => {
    const program = `
      import { createLogger } from "${import.meta.dir}/../../src/log/logger.ts";
      const write = ({ text }) => require("fs").writeSync(1, text);
      createLogger({ tag: "t", verbosity: 0, destinations: [{ write }] }).info("seen");`;
    const child = Bun.spawn([process.execPath, "-e", program], {
      env: { NODE_ENV: "test", CONSOLA_LEVEL: "0", CI: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect([await child.stdout.text(), await child.stderr.text()]).toEqual(["seen", ""]);
  });
});

describe("severities", () => {
  test("are ordered, and the worst ones have their rules (MCF-04, MCF-05)", () => {
    expect(isAtLeast("fatal", "error")).toBe(true);
    expect(isAtLeast("error", "error")).toBe(true);
    expect(isAtLeast("warning", "error")).toBe(false);
    expect([ERRORS_BEFORE_FATAL, SLEEP_BEFORE_EXIT_SECONDS]).toEqual([13, 1]);
  });
});
