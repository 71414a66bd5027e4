import { describe, expect, test } from "bun:test";

import { serviceDisabler } from "../../src/config/disabled-services.ts";
import { entriesOf, parse, problemsOf, short } from "./service-samples.ts";

describe("master_service_disable", () => {
  test.each([
    ["", "smtp", "inet", false],
    ["smtp/inet", "smtp", "inet", true],
    ["smtp/inet", "smtp", "unix", false],
    ["SMTP/Inet", "smtp", "inet", true],
    ["smtp/inet", "SMTP", "inet", true],
    ["inet", "127.0.0.1:25", "inet", true],
    ["INET", "25", "inet", true],
    ["smtp", "smtp", "inet", false],
    ["smtp/*", "smtp", "inet", false],
    ["all", "smtp", "inet", false],
    ["unix", "x", "unix-dgram", false],
    ["\xc3\xa0/unix", "\xc3\xa0", "unix", true],
    ["\xc3\x89/unix", "\xc3\xa9", "unix", false],
    ["foo, unix\tbar\r\nfifo", "x", "fifo", true],
  ])("%j: %s %s is disabled: %p (SVC-53, SVC-54)", (patterns, name, transport, disabled) => {
    expect(serviceDisabler(patterns)(name, transport)).toBe(disabled);
  });

  test.each([
    ["!smtp/inet, inet", "smtp", "inet", false],
    ["!smtp/inet, inet", "25", "inet", true],
    ["inet, !smtp/inet", "smtp", "inet", true],
    ["!!inet", "25", "inet", true],
    ["! inet", "25", "inet", true],
    ["!unix", "25", "inet", false],
  ])(
    "%j: the first match decides for %s %s (SVC-53, SVC-55)",
    (patterns, name, transport, disabled) => {
      expect(serviceDisabler(patterns)(name, transport)).toBe(disabled);
    },
  );

  test.each([
    ["smtp.inet", "smtp", "inet", true],
    ["a.b.unix", "a.b", "unix", true],
    ["a.b/unix", "a.b", "unix", true],
    ["b/unix", "a/b", "unix", false],
    ["a/b/unix", "a/b", "unix", true],
    ["a.unix", "a.unix", "unix", false],
  ])(
    "%j: a dot may stand for the last slash, %s %s (SVC-56)",
    (patterns, name, transport, disabled) => {
      expect(serviceDisabler(patterns)(name, transport)).toBe(disabled);
    },
  );

  test("makes an entry absent, whatever its remaining fields are (SVC-57, SVC-58)", () => {
    const disable = { settings: { masterServiceDisable: "old/unix tcp" } };
    const text = "old unix q\nx tcp\nold unix y - n - - {\nnew unix - - n - - run\n";
    expect(problemsOf(text, disable)).toEqual([]);
    expect(entriesOf(text, disable).map(({ externalName }) => externalName)).toEqual(["new"]);
  });

  test("does not hide that the transport is missing", () => {
    const disable = { settings: { masterServiceDisable: "unix" } };
    expect(problemsOf("a unix\nb\nc -\n", disable).map((text) => text.slice(0, 9))).toEqual([
      "2:2 error",
      "3:3 error",
    ]);
  });

  test("gets every inet service when no protocol is usable, with two warnings (SVC-61)", () => {
    const none = {
      settings: { families: [], inetProtocols: "ipv6", masterServiceDisable: "!25/inet" },
    } as const;
    const { value, problems } = parse("25 inet bad\nx unix - - n - - run\n", none);
    expect(value.map(({ externalName }) => externalName)).toEqual(["x"]);
    expect(problems.map(short)).toEqual([
      "- warning: inet_protocols = ipv6: no network protocol is left, expected at least one that this system supports",
      '- warning: Disabled every service of type "inet" because no network protocol is left',
    ]);
  });
});
