import { describe, expect, test } from "bun:test";

import { entryOf, problemsOf } from "./service-samples.ts";

function endpointOf(name: string): unknown {
  const { canonicalName, request } = entryOf(`${name} inet n - n - - run`);
  return { canonicalName, request };
}

describe("the name of a path service", () => {
  test.each([
    ["a unix y", "private/a"],
    ["a unix -", "private/a"],
    ["a unix n", "public/a"],
    ["a fifo n", "public/a"],
    ["a pass n", "public/a"],
    ["a unix-dgram n", "public/a"],
    ["a/b.c:* unix n", "public/a/b.c:*"],
  ])("in %j is %s (SVC-13)", (start, path) => {
    expect(entryOf(`${start} - n - - run`)).toMatchObject({
      canonicalName: path,
      request: { type: "path", path },
    });
  });

  test("is refused from 108 bytes of path on (SVC-36)", () => {
    for (const transport of ["unix", "unix-dgram", "pass"]) {
      expect(problemsOf(`${"u".repeat(100)} ${transport} n - n - - run`)).toEqual([]);
      expect(problemsOf(`${"u".repeat(101)} ${transport} n - n - - run`)).toEqual([
        `1:1 error: Cannot use path "public/${"u".repeat(101)}" of 108 bytes for a ${transport} service: expected less than 108`,
      ]);
    }
  });

  test("of a fifo is a file name, which may have 255 bytes", () => {
    expect(problemsOf(`${"f".repeat(255)} fifo n - n - - run`)).toEqual([]);
    expect(problemsOf(`${"f".repeat(256)} fifo n - n - - run`)).toHaveLength(1);
  });
});

describe("the name of an inet service", () => {
  test("has to be public (SVC-15)", () => {
    const message =
      'error: An inet service cannot be private: found "%" in field "private", expected "n" -> n';
    expect(problemsOf("25 inet y - n - - run")).toEqual([`1:9 ${message.replace("%", "y")}`]);
    expect(problemsOf("25 inet - - n - - run")).toEqual([`1:9 ${message.replace("%", "-")}`]);
  });

  test.each([
    ["25", "25", null, "25"],
    [":25", "25", null, "25"],
    ["smtp", "25", null, "smtp"],
    ["+25", "25", null, "+25"],
    ["0025", "25", null, "0025"],
    ["finger", "79", null, "finger"],
    ["127.0.0.1:25", "[127.0.0.1]:25", "127.0.0.1", "25"],
    ["[127.0.0.1]:smtp", "[127.0.0.1]:25", "127.0.0.1", "smtp"],
    ["::1:smtp", "[::1]:25", "::1", "smtp"],
    ["[::1]:25", "[::1]:25", "::1", "25"],
    ["[IPv6:0:0::1]:25", "[::1]:25", "::1", "25"],
    ["[ipv6:::1]:25", "[::1]:25", "::1", "25"],
    ["localhost:25", "[localhost]:25", "localhost", "25"],
    ["[localhost]:25", "[localhost]:25", "localhost", "25"],
    ["LocalHost:25", "[LocalHost]:25", "LocalHost", "25"],
    ["under_score.example:25", "[under_score.example]:25", "under_score.example", "25"],
    ["127.0.0.010:25", "[127.0.0.8]:25", "127.0.0.8", "25"],
    ["0x7f.1:25", "[127.0.0.1]:25", "127.0.0.1", "25"],
    ["0.0.0.0:25", "[0.0.0.0]:25", "0.0.0.0", "25"],
  ])("%s is the service %s (SVC-16, SVC-22, SVC-23)", (name, canonicalName, address, portText) => {
    const port = Number(/[0-9]+$/.exec(canonicalName)?.[0]);
    const request =
      address === null
        ? { type: "interfaces", port, portText }
        : { type: "host", host: address, port, portText };
    expect(endpointOf(name)).toEqual({ canonicalName, request });
  });

  test.each([
    ["[::1", '1:5 error: @: expected a "]" that closes the "["'],
    ["[::1]25", '1:6 error: @: found "25", expected ":" and a port after the "]"'],
    ["[[::1]]:25", '1:7 error: @: found "]:25", expected ":" and a port after the "]"'],
    ["[IPv6:x]:25", '1:7 error: @: found "x", expected an IPv6 address after "IPv6:"'],
    [
      "[IPv6:127.0.0.1]:25",
      '1:7 error: @: found "127.0.0.1", expected an IPv6 address after "IPv6:"',
    ],
    ["[IPv6:]:25", '1:7 error: @: found "", expected an IPv6 address after "IPv6:"'],
    ["host:", "1:6 error: @: expected a port after the host"],
    ["[host]", "1:7 error: @: expected a port after the host"],
    ["[host]:", "1:8 error: @: expected a port after the host"],
    [":", "1:2 error: @: expected a port after the host"],
    ["*:25", '1:1 error: @: found "*", expected a host name or an address -> 25'],
    ["[]:25", '1:2 error: @: found "", expected a host name or an address'],
    ["a..b:25", '1:1 error: @: found "a..b", expected a host name or an address'],
    ["a.:25", '1:1 error: @: found "a.", expected a host name or an address'],
    ["-a:25", '1:1 error: @: found "-a", expected a host name or an address'],
    ["127.1:25", '1:1 error: @: found "127.1", expected a host name or an address'],
    ["256.1.1.1:25", '1:1 error: @: found "256.1.1.1", expected a host name or an address'],
    ["0.1.2.3:25", '1:1 error: @: found "0.1.2.3", expected a host name or an address'],
    ["127.0.0.09:25", '1:1 error: @: found "127.0.0.09", expected a host name or an address'],
    ["::25", '1:1 error: @: found ":", expected a host name or an address'],
    ["[1::2::3]:25", '1:2 error: @: found "1::2::3", expected a host name or an address'],
    ["[fe80::1%lo]:25", '1:2 error: @: found "fe80::1%lo", expected a host name or an address'],
    ["25x", '1:1 error: @: found "25x", expected a port that is all digits or a service name'],
    [
      "127.0.0.1:25x",
      '1:11 error: @: found "25x", expected a port that is all digits or a service name',
    ],
    [
      "[::ffff:127.0.0.1]:25",
      '1:2 error: @: found "::ffff:127.0.0.1": an IPv6 socket cannot be bound to an IPv4 address -> 127.0.0.1:25',
    ],
  ])("%s cannot be read (SVC-17)", (name, message) => {
    const start = `Cannot read the name "${name}" of an inet service`;
    expect(problemsOf(`${name} inet n - n - - run`)).toEqual([message.replace("@", start)]);
  });

  test.each([
    ["127.0.0.1:sntp", "1:11", "sntp", " -> smtp"],
    ["SMTP", "1:1", "SMTP", " -> smtp"],
    ["Finger", "1:1", "Finger", " -> finger"],
    ["127.0.0.1:-5", "1:11", "-5", ""],
    ["nowhere", "1:1", "nowhere", ""],
  ])("%s has no such port (SVC-22, SVC-40)", (name, place, port, hint) => {
    expect(problemsOf(`${name} inet n - n - - run`)).toEqual([
      `${place} error: Port name "${port}" is neither in known_tcp_ports nor in the services database: expected a name from there or a number${hint}`,
    ]);
  });

  test("is refused above port 65535, where the original listens on another port", () => {
    expect(problemsOf("65535 inet n - n - - run")).toEqual([]);
    expect(problemsOf("65536 inet n - n - - run")).toEqual([
      "1:1 error: Cannot use port 65536: expected at most 65535",
    ]);
  });

  test("is doubtful with port 0", () => {
    expect(problemsOf("0 inet n - n - - run")).toEqual([
      "1:1 warning: Port 0 lets the system choose: no client can know the port",
    ]);
  });
});
