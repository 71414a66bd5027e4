import { describe, expect, test } from "bun:test";

import { parseServerOptions, readTransport } from "../../src/server/options.ts";

const none = {
  chroot: false,
  keepTerminal: false,
  debugger: false,
  overrides: [],
  serviceName: null,
  listenerCount: 1,
  oneShot: false,
  transport: null,
  dropPrivileges: false,
  verbosity: 0,
  logToStderr: false,
  limitIsOne: false,
  unlimited: false,
  words: [],
};

describe("options of a multi-server child", () => {
  test("nothing given is nothing asked for", () => {
    expect(parseServerOptions([])).toEqual(none);
  });

  test.each([
    ["MUL-01", ["-c"], { chroot: true }],
    ["MUL-02", ["-d"], { keepTerminal: true }],
    ["MUL-03", ["-D"], { debugger: true }],
    ["MUL-04", ["-i", "5s"], { overrides: [{ option: "-i", text: "max_idle=5s" }] }],
    ["MUL-05", ["-l"], { limitIsOne: true }],
    ["MUL-06", ["-m7"], { overrides: [{ option: "-m", text: "max_use=7" }] }],
    ["MUL-07", ["-n", "a", "-n", "b"], { serviceName: "b" }],
    ["MUL-08", ["-o", "x = y z"], { overrides: [{ option: "-o", text: "x = y z" }] }],
    ["MUL-09", ["-s", "3", "-s", " 2x"], { listenerCount: 2 }],
    ["MUL-10", ["-S"], { oneShot: true }],
    ["MUL-11", ["-t", "unix", "-tINET"], { transport: "INET" }],
    ["MUL-12", ["-u"], { dropPrivileges: true }],
    ["MUL-13", ["-vv", "-v"], { verbosity: 3 }],
    ["MUL-14", ["-VV"], { logToStderr: true }],
    ["MUL-15", ["-z"], { unlimited: true }],
    ["MUL-18", ["-u", "echo", "-c", "-x"], { dropPrivileges: true, words: ["echo", "-c", "-x"] }],
  ])("%s: %j", (_number, argv, expected) => {
    expect(parseServerOptions(argv)).toEqual({ ...none, ...expected });
  });

  test("keeps overrides in their order, for the last one counts (MUL-17)", () => {
    const options = parseServerOptions(["-o", "max_use=1", "-m", "2", "-o", "max_use=3"]);
    expect(options).toMatchObject({
      overrides: [{ text: "max_use=1" }, { text: "max_use=2" }, { text: "max_use=3" }],
    });
  });

  test.each([
    [["-x"], "unknown option -x"],
    [["-ux"], "unknown option -x"],
    [["--help"], "unknown option --"],
    [["-t"], "option -t needs a value"],
    [["-o"], "option -o needs a value"],
    [["-s", "0"], 'bad socket count "0" of option -s: expected a number above 0'],
    [["-s", "-1"], 'bad socket count "-1" of option -s: expected a number above 0'],
    [["-s", "x", "-s", "2"], 'bad socket count "x" of option -s: expected a number above 0'],
  ])("names what is wrong in %j (MUL-09, MUL-16)", (argv, fault) => {
    expect(parseServerOptions(argv)).toBe(fault);
  });

  test("the transport is read without regard to case (PRO-14)", () => {
    expect(["inet", "UNIX", "Pass", "fifo", "unix-dgram", ""].map(readTransport)).toEqual([
      "inet",
      "unix",
      "pass",
      null,
      null,
      null,
    ]);
  });
});
