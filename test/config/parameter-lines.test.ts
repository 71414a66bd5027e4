import { describe, expect, test } from "bun:test";

import { parseMainCf } from "../../src/config/main-cf.ts";
import { parameterLines, type Wanted } from "../../src/config/parameter-lines.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { machine, MAIN_CF } from "./main-cf-samples.ts";
import { askPostconf, postconfHost, withoutPostconf } from "./postconf.ts";

const nothing: Wanted = {
  names: [],
  defaults: false,
  onlySet: false,
  expanded: false,
  onlyValues: false,
};

const MAIN = `max_use = 7
own = $max_use s
class = permit
unused = x$$unused
myorigin = $own
relayhost =
smtpd_banner = hello
smtpd_restriction_classes = class, other
process_name = x
mail_name = a   b
`;

function linesOf(wanted: Partial<Wanted>, text = MAIN, host = machine) {
  const { value, problems } = parameterLines(parseMainCf(text, MAIN_CF).value, host, {
    ...nothing,
    ...wanted,
  });
  return { lines: value, problems: problems.map(describeProblem) };
}

describe("what config prints", () => {
  test("of a name is its raw value, or its raw default", () => {
    expect(linesOf({ names: ["max_use", "myorigin", "mydestination", "max_use"] })).toEqual({
      lines: [
        "max_use = 7",
        "myorigin = $own",
        "mydestination = $myhostname, localhost.$mydomain, localhost",
        "max_use = 7",
      ],
      problems: [],
    });
  });

  test("with -x is what it expands to", () => {
    const names = ["myorigin", "mydestination", "child_kill_delay"];
    expect(linesOf({ names, expanded: true }).lines).toEqual([
      "myorigin = 7 s",
      "mydestination = mail.example.org, localhost.example.org, localhost",
      "child_kill_delay = 10s",
    ]);
  });

  test("with -d is the default, whatever main.cf says", () => {
    expect(linesOf({ names: ["max_use", "own"], defaults: true })).toEqual({
      lines: ["max_use = 100"],
      problems: ["warning: own: unknown parameter"],
    });
  });

  test("with -h is the value alone", () => {
    expect(linesOf({ names: ["max_use", "relayhost"], onlyValues: true }).lines).toEqual(["7", ""]);
  });

  test("has no blank after the equals sign of an empty value, and one between words", () => {
    expect(linesOf({ names: ["relayhost", "mail_name"] }).lines).toEqual([
      "relayhost =",
      "mail_name = a b",
    ]);
  });

  test("with -n is what main.cf sets and somebody uses, in the order of the names", () => {
    expect(linesOf({ onlySet: true }).lines).toEqual([
      "class = permit",
      "config_directory = /etc/mail",
      "mail_name = a b",
      "max_use = 7",
      "myorigin = $own",
      "own = $max_use s",
      "relayhost =",
      "smtpd_banner = hello",
      "smtpd_restriction_classes = class, other",
    ]);
  });

  test("of what the program sets is not what main.cf says", () => {
    expect(linesOf({ names: ["process_name"] }).lines).toEqual(["process_name = master"]);
  });

  test("of an unknown name is a warning", () => {
    expect(linesOf({ names: ["no_such", "unused", "max_use"] })).toEqual({
      lines: ["max_use = 7"],
      problems: ["warning: no_such: unknown parameter", "warning: unused: unknown parameter"],
    });
  });

  test("of a value that cannot be expanded is an error at its place", () => {
    expect(
      linesOf({ names: ["mail_name"], expanded: true }, "mail_name = a $x\nx =  b${\n"),
    ).toEqual({
      lines: [],
      problems: [
        `${MAIN_CF}:2:7: error: Cannot expand "\${": expected a closing "}" in the value of x`,
      ],
    });
  });
});

describe.skipIf(withoutPostconf())("compared with the installed postconf", () => {
  const text = `mynetworks = 127.0.0.0/8\n${MAIN}`;
  const withoutPlace = (lines: readonly string[]) =>
    lines.filter((line) => !line.startsWith("config_directory"));

  test.each([
    ["-n", { onlySet: true }],
    ["-nx", { onlySet: true, expanded: true }],
    ["-nh", { onlySet: true, onlyValues: true }],
  ])("%s prints the same", async (option, wanted) => {
    const { lines } = await askPostconf({ mainCf: text }, [option]);
    const known = lines.filter((line) => !line.startsWith("/tmp/")); // config_directory with -h
    const ours = linesOf(wanted, text, postconfHost).lines.filter((line) => line !== "/etc/mail");
    expect(withoutPlace(ours)).toEqual(withoutPlace(known));
  });
});
