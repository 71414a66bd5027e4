import { describe, expect, test } from "bun:test";

import { entriesOf, entryOf, FILE, parse, problemsOf } from "./service-samples.ts";

describe("a service line", () => {
  test("becomes an entry with every field and its place (SVC-06, SVC-12, SVC-28, SVC-30)", () => {
    expect(parse("# services\npick unix y - n 60? 1 bin/pickup -v\n").value).toEqual([
      {
        externalName: "pick",
        canonicalName: "private/pick",
        transport: "unix",
        identity: "private/pick unix",
        private: true,
        unprivileged: true,
        chroot: false,
        wakeupSeconds: 60,
        wakeupConditional: true,
        processLimit: 1,
        command: "bin/pickup",
        path: "/usr/lib/mail/bin/pickup",
        arguments: ["-v"],
        request: { type: "path", path: "private/pick" },
        at: { file: FILE, line: 2, column: 1 },
        nameAt: { file: FILE, line: 2, column: 1 },
        commandAt: { file: FILE, line: 2, column: 23 },
      },
    ]);
  });

  test("may go on in indented lines, with comments between them (SVC-02)", () => {
    const entry = entryOf("a unix\n  n - n\n# comment\n\n\t- 7\n  run -o\n x=y\n");
    expect(entry).toMatchObject({ processLimit: 7, command: "run", arguments: ["-o", "x=y"] });
    expect(entry.commandAt).toEqual({ file: FILE, line: 6, column: 3 });
  });

  test("passes $name on literally (SVC-02, SVC-48)", () => {
    expect(entryOf("a unix - - n - - run $x \"a\" 'b' \\c *").arguments).toEqual([
      "$x",
      '"a"',
      "'b'",
      "\\c",
      "*",
    ]);
  });

  test("is split at blanks, tabs and carriage returns, not at vertical tab or form feed (SVC-03)", () => {
    expect(entryOf("a\vb\fc\tunix - -\r n - - run\r\n")).toMatchObject({
      externalName: "a\vb\fc",
      command: "run",
      arguments: [],
    });
  });

  test("takes its defaults for a lone dash (SVC-08, SVC-25, SVC-26, SVC-27, SVC-29)", () => {
    expect(
      entryOf("a unix - - - - - run", { settings: { defaultProcessLimit: 42 } }),
    ).toMatchObject({
      private: true,
      unprivileged: true,
      chroot: false,
      wakeupSeconds: 0,
      wakeupConditional: false,
      processLimit: 42,
    });
  });

  test("may be named with a dash (SVC-08)", () => {
    expect(entryOf("- unix n - n - - run").canonicalName).toBe("public/-");
  });

  test("gets chroot before compatibility level 1, and a note where the default was used (SVC-27)", () => {
    const old = { settings: { compatibilityLevel: [0, 9, 9] } } as const;
    expect(entryOf("a unix - - - - - run", old).chroot).toBe(true);
    expect(entryOf("a unix - - n - - run", old).chroot).toBe(false);
    expect(problemsOf("a unix - - - - - run\nb unix - - y - - run", old)).toEqual([
      '1:12 info: Field "chroot" is "-": used the default "y" of compatibility_level below 1',
    ]);
    expect(problemsOf("a unix - - - - - run")).toEqual([]);
    const first = { settings: { compatibilityLevel: [1, 0, 0] } } as const;
    expect(entryOf("a unix - - - - - run", first).chroot).toBe(false);
    expect(problemsOf("a unix - - - - - run", first)).toEqual([]);
  });

  test.each([
    ["0", 0, false],
    ["1000", 1000, false],
    ["1000?", 1000, true],
    ["1?", 1, true],
    ["0?", 0, false],
    ["5a?", 5, true],
    ["007", 7, false],
    ["2147483647", 2147483647, false],
  ])(
    "reads the wakeup time %s as %d (SVC-10, SVC-28)",
    (text, wakeupSeconds, wakeupConditional) => {
      expect(entryOf(`a unix - - n ${text} - run`)).toMatchObject({
        wakeupSeconds,
        wakeupConditional,
      });
    },
  );

  test("warns of text after a number, which the original ignores in silence (SVC-10)", () => {
    expect(problemsOf("a unix - - n 10m 5a run\nb unix - - n 10? 5? run")).toEqual([
      '1:14 warning: Field "wakeup_time" is read as 10: ignored "m" after the number, which takes no unit -> 10',
      '1:18 warning: Field "max_proc" is read as 5: ignored "a" after the number, which takes no unit -> 5',
      '2:18 warning: Field "max_proc" is read as 5: ignored "?" after the number, which takes no unit -> 5',
    ]);
  });
});

describe("a broken service line", () => {
  const FIELDS =
    "service name, transport type, private, unprivileged, chroot, wakeup_time, max_proc, command";

  test.each([
    ["a", '1:2 error: Field "transport type"'],
    ["a unix  ", '1:7 error: Field "private"'],
    ["a unix n", '1:9 error: Field "unprivileged"'],
    ["a unix n -", '1:11 error: Field "chroot"'],
    ["a unix n - n", '1:13 error: Field "wakeup_time"'],
    ["a unix n - n -\n -\n", '2:3 error: Field "command"'],
    ["a unix n - n -", '1:15 error: Field "max_proc"'],
  ])("names the field that is missing in %j (SVC-07)", (line, start) => {
    expect(problemsOf(line)).toEqual([`${start} is missing: expected ${FIELDS}`]);
  });

  test.each([
    ["a - n - n - - run", '1:3 error: Field "transport type" has no default: found "-"'],
    ["a unix n - n - - -", '1:18 error: Field "command" has no default: found "-"'],
  ])("has no default in %j (SVC-08)", (line, message) => {
    expect(problemsOf(line)).toEqual([message]);
  });

  test.each([
    ["Y", " -> y"],
    ["yes", " -> y"],
    ["No", " -> n"],
    ["TRUE", " -> y"],
    ["false", " -> n"],
    ["1", " -> y"],
    ["0", " -> n"],
    ["maybe", ""],
    ["--", ""],
  ])("does not take %j for a yes or no (SVC-09)", (text, hint) => {
    const expected = `found "${text}", expected "y", "n" or "-"${hint}`;
    expect(problemsOf(`a unix ${text} - n - - run`)).toEqual([
      `1:8 error: Cannot read field "private": ${expected}`,
    ]);
    expect(problemsOf(`a unix n ${text} n - - run`)).toEqual([
      `1:10 error: Cannot read field "unprivileged": ${expected}`,
    ]);
    expect(problemsOf(`a unix n - ${text} - - run`)).toEqual([
      `1:12 error: Cannot read field "chroot": ${expected}`,
    ]);
  });

  test.each(["-1", "x", "?", "+5", "--"])("does not take %j for a number (SVC-10)", (text) => {
    const expected = `found "${text}", expected a whole number or "-"`;
    expect(problemsOf(`a unix n - n ${text} - run`)).toEqual([
      `1:14 error: Cannot read field "wakeup_time": ${expected}`,
    ]);
    expect(problemsOf(`a unix n - n - ${text} run`)).toEqual([
      `1:16 error: Cannot read field "max_proc": ${expected}`,
    ]);
  });

  test("refuses a number that does not fit (SVC-10)", () => {
    expect(problemsOf("a unix n - n - 2147483648 run")).toEqual([
      '1:16 error: Cannot read field "max_proc": found "2147483648", expected at most 2147483647',
    ]);
  });

  test.each([
    ["inex", " -> inet"],
    ["INET", " -> inet"],
    ["unx", " -> unix"],
    ["unix-dgrm", " -> unix-dgram"],
    ["psas", " -> pass"],
    ["tcp", ""],
  ])("does not know transport %s, says what was meant (SVC-11)", (transport, hint) => {
    expect(problemsOf(`a ${transport} n - n - - run`)).toEqual([
      `1:3 error: Cannot use transport type "${transport}": expected one of inet, unix, unix-dgram, fifo, pass${hint}`,
    ]);
  });

  test("reports all its faults at once, and those of the lines after it (SVC-07)", () => {
    const text = "a unix x x x x x -\nok unix - - n - - run\nb tcp q - n\n";
    expect(problemsOf(text).map((problem) => problem.split(":", 3).slice(0, 2).join(":"))).toEqual([
      "1:8 error",
      "1:10 error",
      "1:12 error",
      "1:14 error",
      "1:16 error",
      "1:18 error",
      "3:3 error",
      "3:12 error",
      "3:7 error",
    ]);
    expect(parse(text).value.map(({ externalName }) => externalName)).toEqual(["ok"]);
  });
});

describe("a file of services", () => {
  test("keeps the order of the file", () => {
    const names = entriesOf("c unix - - n - - r\na fifo - - n - - r\nb pass - - n - - r\n");
    expect(names.map(({ externalName }) => externalName)).toEqual(["c", "a", "b"]);
  });

  test("may be empty", () => {
    expect(parse("# nothing\n")).toEqual({ value: [], problems: [] });
  });

  test("lets the last of two equal services win, in the place of the first (SVC-50)", () => {
    const text = "25 inet n - n - - one\nx unix - - n - - r\nsmtp inet n - n - 3 two\n";
    const { value, problems } = parse(text);
    expect(value.map(({ externalName, command }) => [externalName, command])).toEqual([
      ["smtp", "two"],
      ["x", "r"],
    ]);
    expect(problems).toEqual([
      {
        severity: "warning",
        at: { file: FILE, line: 3, column: 1 },
        message:
          'duplicate master.cf entry for service "25" (25), first seen on line 1 -- using the last entry',
      },
    ]);
  });

  test("keeps same names of different transport or privacy apart (SVC-52)", () => {
    const text =
      "a unix y - n - - r\na unix n - n - - r\na fifo y - n - - r\n25 inet n - n - - r\n25 unix n - n - - r";
    expect(problemsOf(text)).toEqual([]);
    expect(entriesOf(text)).toHaveLength(5);
  });
});

describe("a master without root", () => {
  const rootless = { settings: { rootlessMode: true }, host: { callerUid: 1000 } };

  test("refuses services that ask for root or a chroot", () => {
    expect(problemsOf("a unix - n y - - run\nb unix - - - - - run", rootless)).toEqual([
      '1:10 error: Cannot do this with rootless_mode = yes: "n" in field "unprivileged" asks for root, expected "y" -> y',
      '1:12 error: Cannot do this with rootless_mode = yes: "y" in field "chroot" asks for a chroot, expected "n" -> n',
    ]);
    expect(parse("a unix - n n - - run", rootless).value).toEqual([]);
  });

  test("refuses the chroot that an old compatibility level asks for", () => {
    const old = {
      ...rootless,
      settings: { ...rootless.settings, compatibilityLevel: [0, 0, 0] },
    } as const;
    expect(problemsOf("a unix - - - - - run", old)).toContain(
      '1:12 error: Cannot do this with rootless_mode = yes: "-" in field "chroot" asks for a chroot, expected "n" -> n',
    );
  });

  test("warns of a port that only root may open", () => {
    expect(problemsOf("127.0.0.1:smtp inet n - n - - r\n1024 inet n - n - - r", rootless)).toEqual([
      "1:11 warning: Port 25 is reserved for root and this master has rootless_mode = yes: listening on it will fail, expected 1024 or above",
    ]);
  });

  test("may do all of that when root runs it, or when rootless_mode is off", () => {
    const text = "a unix - n y - - run\n25 inet n - n - - run\n";
    expect(problemsOf(text, { ...rootless, host: { callerUid: 0 } })).toEqual([]);
    expect(problemsOf(text, { host: { callerUid: 1000 } })).toEqual([]);
  });
});
