import { describe, expect, test } from "bun:test";

import { assignAddresses, hostNamesToResolve } from "../../src/config/addresses.ts";
import { assign, entriesOf, FILE, type NetworkSample, settings, short } from "./service-samples.ts";

function endpointsOf(line: string, sample: NetworkSample = {}): string[] {
  const { value, problems } = assign(line, sample);
  if (problems.length > 0) throw new Error(problems.map(short).join("\n"));
  return value.flatMap(({ endpoints }) =>
    endpoints.map((endpoint) =>
      endpoint.kind === "tcp"
        ? `${endpoint.address} ${endpoint.port}`
        : `${endpoint.kind} ${endpoint.path}`,
    ),
  );
}

function faultsOf(line: string, sample: NetworkSample = {}): string[] {
  return assign(line, sample).problems.map(short);
}

const INET = "inet n - n - - run";

describe("the sockets of a service", () => {
  test.each([
    ["a unix y", "stream private/a", true],
    ["a pass n", "stream public/a", false],
    ["a unix-dgram n", "datagram public/a", true],
    ["a fifo n", "fifo public/a", true],
  ])("%s: one at its path (SVC-14, SVC-24)", (start, endpoint, localOnly) => {
    expect(endpointsOf(`${start} - n - - run`)).toEqual([endpoint]);
    expect(assign(`${start} - n - - run`).value[0]?.localOnly).toBe(localOnly);
  });

  test("without a host are the wildcard addresses, IPv4 first (SVC-20, SVC-21)", () => {
    expect(assign(`smtp ${INET}`).value).toEqual([
      {
        entry: expect.objectContaining({ externalName: "smtp" }),
        endpoints: [
          { kind: "tcp", address: "0.0.0.0", port: 25 },
          { kind: "tcp", address: "::", port: 25 },
        ],
        localOnly: false,
      },
    ]);
    expect(endpointsOf(`25 ${INET}`, { settings: { families: ["ipv6"] } })).toEqual([":: 25"]);
    expect(endpointsOf(`25 ${INET}`, { settings: { families: ["ipv4"] } })).toEqual(["0.0.0.0 25"]);
  });

  test.each([
    ["loopback-only", ["127.0.0.1", "::1"]],
    ["127.0.0.1", ["127.0.0.1"]],
    ["::1, 192.0.2.2\t127.0.0.1,,", ["127.0.0.1", "192.0.2.2", "::1"]],
    ["[::1] [127.0.0.1]", ["127.0.0.1", "::1"]],
    ["127.0.0.1 127.0.0.1 localhost", ["127.0.0.1", "::1"]],
    ["0x7f.1 0:0::1", ["127.0.0.1", "::1"]],
    ["fe80:0::1", ["fe80::1%eth0"]],
  ])("without a host are those of inet_interfaces = %s (SVC-20, MCF-69)", (value, addresses) => {
    const sample = {
      settings: { inetInterfaces: value },
      lookups: { localhost: ["::1", "127.0.0.1"] },
    };
    expect(endpointsOf(`25 ${INET}`, sample)).toEqual(addresses.map((address) => `${address} 25`));
  });

  test("of a host ignore inet_interfaces (SVC-62)", () => {
    const sample = { settings: { inetInterfaces: "loopback-only" } };
    expect(endpointsOf(`192.0.2.9:25 ${INET}`, sample)).toEqual(["192.0.2.9 25"]);
  });

  test("of a host name are all its addresses, sorted and once each (SVC-18, SVC-19)", () => {
    const lookups = {
      mx: ["::1", "192.0.2.10", "192.0.2.9", "10.0.0.200", "192.0.2.9", "FD00:0::2", "fd00::1:0"],
    };
    expect(endpointsOf(`mx:25 ${INET}`, { lookups })).toEqual(
      ["10.0.0.200", "192.0.2.9", "192.0.2.10", "::1", "fd00::2", "fd00::1:0"].map(
        (a) => `${a} 25`,
      ),
    );
    expect(endpointsOf(`mx:25 ${INET}`, { lookups, settings: { families: ["ipv6"] } })).toEqual([
      "::1 25",
      "fd00::2 25",
      "fd00::1:0 25",
    ]);
  });

  test.each([
    ["127.0.0.1:25", {}, true],
    ["127.255.0.1:25", {}, true],
    ["[::1]:25", {}, true],
    ["lo:25", { lo: ["127.0.0.2", "::1"] }, true],
    ["lo:25", { lo: ["127.0.0.2", "192.0.2.2"] }, false],
    ["126.0.0.1:25", {}, false],
    ["[::]:25", {}, false],
    ["25", {}, false],
  ])("%s with %j: local only %p (SVC-24)", (name, lookups, localOnly) => {
    expect(assign(`${name} ${INET}`, { lookups }).value[0]?.localOnly).toBe(localOnly);
  });

  test("are none for inet when no protocol is usable (SVC-61)", () => {
    const sample = { settings: { families: [], inetInterfaces: "nowhere.invalid" } } as const;
    expect(assign(`25 ${INET}\na unix - - n - - run`, sample)).toEqual({
      value: [expect.objectContaining({ localOnly: true })],
      problems: [],
    });
  });
});

test("one loopback interface is enough for loopback-only", () => {
  const sample = { settings: { inetInterfaces: "loopback-only" }, interfaces: ["127.0.0.1"] };
  expect(endpointsOf(`25 ${INET}`, sample)).toEqual(["127.0.0.1 25"]);
});

describe("a service without an address", () => {
  test("is an error at its name (SVC-18, SVC-62)", () => {
    const unknown =
      'address of "no.such": expected a name that resolves or an address, of a family in inet_protocols';
    expect(faultsOf(`a unix - - n - - r\nno.such:25 ${INET}`)).toEqual([
      `2:1 error: Cannot find an IPv4 or IPv6 ${unknown}`,
    ]);
    const onlyIpv4 = { settings: { families: ["ipv4"] } } as const;
    expect(faultsOf(`[::1]:25 ${INET}`, onlyIpv4)).toEqual([
      `1:1 error: Cannot find an IPv4 ${unknown.replace("no.such", "::1")}`,
    ]);
    expect(assign(`[::1]:25 ${INET}\na unix - - n - - r`, onlyIpv4).value).toHaveLength(1);
  });

  test("is an error when inet_interfaces is empty, but only where it is needed (SVC-20)", () => {
    const empty = { settings: { inetInterfaces: "" } };
    expect(faultsOf(`25 ${INET}`, empty)).toEqual([
      "1:1 error: This inet service has no address: expected a host in its name or a non-empty inet_interfaces",
    ]);
    expect(faultsOf(`127.0.0.1:25 ${INET}`, empty)).toEqual([]);
  });
});

describe("inet_interfaces", () => {
  const unknown = (word: string, hint = "") =>
    `- error: inet_interfaces: cannot find an IPv4 or IPv6 address of "${word}": expected "all", "loopback-only", or a list of names and addresses of this machine${hint}`;

  test.each([
    ["no.such", [unknown("no.such")]],
    ["ALL", [unknown("ALL", " -> all")]],
    ["Loopback-Only", [unknown("Loopback-Only", " -> loopback-only")]],
    ["all, 127.0.0.1", [unknown("all", " -> all")]],
    ["[IPv6:::1]", [unknown("IPv6:::1")]],
    [
      "8.8.8.8",
      ['- error: inet_interfaces: "8.8.8.8" is not an address of this machine\'s interfaces'],
    ],
    [
      "0.0.0.0",
      ['- error: inet_interfaces: "0.0.0.0" is not an address of this machine\'s interfaces'],
    ],
    [
      "far ::1 x",
      [
        '- error: inet_interfaces: "far" (8.8.4.4) is not an address of this machine\'s interfaces',
        unknown("x"),
      ],
    ],
  ])("= %s is refused, used or not (MCF-69)", (value, messages) => {
    const sample = { settings: { inetInterfaces: value }, lookups: { far: ["8.8.4.4"] } };
    expect(faultsOf("a unix - - n - - run", sample)).toEqual(messages);
    expect(faultsOf(`25 ${INET}`, sample)).toEqual(messages);
    expect(assign(`25 ${INET}\n127.0.0.1:25 ${INET}`, sample).value).toHaveLength(1);
  });

  test("refuses an address whose family is disabled", () => {
    const sample = { settings: { inetInterfaces: "127.0.0.1 ::1", families: ["ipv6"] } } as const;
    expect(faultsOf("a unix - - n - - run", sample)).toEqual([
      unknown("127.0.0.1").replace("IPv4 or IPv6", "IPv6"),
    ]);
  });

  test.each(["all", "loopback-only"])("= %s needs an interface", (inetInterfaces) => {
    expect(faultsOf(`25 ${INET}`, { settings: { inetInterfaces }, interfaces: [] })).toEqual([
      `- error: inet_interfaces = ${inetInterfaces}: found no local interface address to listen on`,
    ]);
  });
});

test("an error in inet_interfaces is at the word", () => {
  const { problems } = assignAddresses(
    [],
    { ...settings, inetInterfaces: "127.0.0.1 8.8.8.8" },
    new Map(),
    ["127.0.0.1"],
    (word) => ({ file: "main.cf", line: 7, column: word.length }),
  );
  expect(problems.map(({ at }) => at)).toEqual([{ file: "main.cf", line: 7, column: 7 }]);
});

describe("two services at one address", () => {
  test("are a warning at the later one", () => {
    const text = `127.0.0.1:25 ${INET}\nlocalhost:25 ${INET}\na unix - - n - - r\na pass - - n - - r\n`;
    const { value, problems } = assign(text, { lookups: { localhost: ["127.0.0.1"] } });
    expect(value).toHaveLength(4);
    expect(problems).toEqual([
      {
        severity: "warning",
        at: { file: FILE, line: 2, column: 1 },
        message:
          'Service "localhost:25" of type inet listens on [127.0.0.1]:25 as does "127.0.0.1:25" of type inet on line 1: clients cannot choose between them',
      },
      {
        severity: "warning",
        at: { file: FILE, line: 4, column: 1 },
        message:
          'Service "a" of type pass listens on private/a as does "a" of type unix on line 3: clients cannot choose between them',
      },
    ]);
  });
});

describe("the names to look up", () => {
  test("are those of services and of inet_interfaces, each once and no number", () => {
    const text = `b:25 ${INET}\na:25 ${INET}\na:26 ${INET}\n127.0.0.1:25 ${INET}\n0x7f.1:26 ${INET}\n[::1]:1 ${INET}\nx unix - - n - - r`;
    const names = (inetInterfaces: string): string[] =>
      hostNamesToResolve(entriesOf(text), { ...settings, inetInterfaces });
    expect(names("all")).toEqual(["b", "a"]);
    expect(names("loopback-only")).toEqual(["b", "a"]);
    expect(names("[c] 127.0.0.1, a, ::1")).toEqual(["c", "a", "b"]);
    expect(hostNamesToResolve(entriesOf(text), { ...settings, families: [] })).toEqual([]);
  });
});
