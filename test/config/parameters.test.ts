import { describe, expect, test } from "bun:test";

import { EVALUATED_PARAMETERS, PARAMETERS } from "../../src/config/parameters.ts";
import { OTHER_DEFAULTS } from "../../src/config/postfix-defaults.ts";

const named = (name: string) => PARAMETERS.get(name);

describe("the table of parameters", () => {
  test("has each name once, and none that the other defaults have", () => {
    const names = EVALUATED_PARAMETERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...PARAMETERS.keys()].filter((name) => OTHER_DEFAULTS.has(name))).toEqual([]);
  });

  test("is in the order of evaluation (MCF-62)", () => {
    const names = EVALUATED_PARAMETERS.map(({ name }) => name);
    const order = [
      "compatibility_level",
      "mail_version",
      "inet_protocols",
      "maillog_file",
      "known_tcp_ports",
      "smtputf8_enable",
      "myhostname",
      "mydomain",
      "mail_name",
      "inet_interfaces",
      "default_process_limit",
      "message_size_limit",
      "soft_bounce",
      "max_idle",
      "mynetworks",
      "master_service_disable",
      "service_throttle_time",
      "service_throttle_initial_time",
    ];
    const places = order.map((name) => names.indexOf(name));
    expect(places).not.toContain(-1);
    expect(places.toSorted((left, right) => left - right)).toEqual(places);
  });

  test("says something about every parameter", () => {
    for (const { meaning } of PARAMETERS.values()) expect(meaning).toMatch(/^[A-Z].*\.$/);
  });

  test("gives every time a unit and every bound an order (MCF-51, MCF-60)", () => {
    for (const { type, default: value, minimum, maximum } of PARAMETERS.values()) {
      if (type === "time") expect(value).toMatch(/[smhdw]/);
      if (maximum !== 0) expect(maximum).toBeGreaterThanOrEqual(minimum);
    }
  });

  test.each([
    ["anvil_rate_time_unit", "time", "60s", 1, 0, "anvil"],
    ["anvil_status_update_time", "time", "600s", 1, 0, "anvil"],
    ["compatibility_level", "string", "0", 0, 0, "master and child"],
    ["config_directory", "string", null, 1, 0, "master and child"],
    ["daemon_directory", "string", null, 1, 0, "master"],
    ["daemon_timeout", "time", "18000s", 1, 0, "child"],
    ["data_directory", "string", "/var/lib/postfix", 1, 0, "master"],
    ["default_process_limit", "int", "100", 1, 0, "master"],
    ["in_flow_delay", "time", "1s", 0, 10, "child"],
    ["inet_interfaces", "string", "all", 0, 0, "master"],
    ["ipc_timeout", "time", "3600s", 1, 0, "child"],
    ["mail_owner", "string", "postfix", 1, 0, "master and child"],
    ["max_idle", "time", "100s", 1, 0, "child"],
    ["max_use", "int", "100", 1, 0, "child"],
    ["queue_directory", "string", "/var/spool/postfix", 1, 0, "master and child"],
    ["service_throttle_time", "time", "60s", 1, 0, "master"],
    ["tcp_windowsize", "int", "0", 0, 0, "master"],
  ])(
    "has %s as the specification does (MCF-80 to MCF-107)",
    (name, type, value, minimum, maximum, reader) => {
      expect(named(name)).toMatchObject({ type, default: value, minimum, maximum, reader });
    },
  );

  test.each([
    ["child_open_file_limit", "int", "0"],
    ["child_stderr", "string", "log"],
    ["child_kill_delay", "time", "10s"],
    ["service_throttle_initial_time", "time", "2s"],
    ["rootless_mode", "bool", "no"],
  ])("marks %s as ours", (name, type, value) => {
    expect(named(name)).toMatchObject({ type, default: value, origin: "pfmaster" });
  });
});
