import { describe, expect, test } from "bun:test";

import { describeProblem } from "../../src/config/problem.ts";
import { serviceColumns } from "../../src/config/service-columns.ts";
import { askPostconf, withoutPostconf } from "./postconf.ts";

const ENTRIES = `# comment
smtp      inet  n       -       n       -       -       smtpd
  -o a=b
  -o { c = d  e }
127.0.0.1:10025 inet n - n - 10 smtpd -v -o {x=y}
verylongservicename unix n - n 300 1 qmgr
postlog unix-dgram n - n - 1 postlogd
tlsmgr unix - - n 1000? 1 tlsmgr
p unix - n n - - pipe
  flags=DRhu  user=vmail argv=/usr/bin/maildrop -d \${recipient} $x
`;

test("prints an entry on one line, in columns", () => {
  expect(serviceColumns(ENTRIES, "master.cf")).toEqual({
    value: [
      "smtp       inet  n       -       n       -       -       smtpd -o a=b -o {c=d  e}",
      "127.0.0.1:10025 inet n   -       n       -       10      smtpd -v -o x=y",
      "verylongservicename unix n -     n       300     1       qmgr",
      "postlog    unix-dgram n  -       n       -       1       postlogd",
      "tlsmgr     unix  -       -       n       1000?   1       tlsmgr",
      "p          unix  -       n       n       -       -       pipe flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient} $x",
    ],
    problems: [],
  });
});

test("keeps the braces that an argument needs", () => {
  const { value } = serviceColumns(
    "a unix - - - - - run {} {b c} {{d}} {g = h} -o {e = f}\n",
    "master.cf",
  );
  expect(value[0]).toEndWith("run {} {b c} {{d}} {g = h} -o e=f");
});

test("reports what is no entry and goes on", () => {
  const { value, problems } = serviceColumns("a unix -\nb unix - - - - - run {x\n", "master.cf");
  expect(value).toEqual(["b          unix  -       -       -       -       -       run"]);
  expect(problems.map(describeProblem)).toEqual([
    "master.cf:1:1: error: Cannot read this entry: expected service name, transport type, private, unprivileged, chroot, wakeup_time, max_proc, command",
    'master.cf:2:22: error: Cannot read this argument: expected a "}" that closes this "{" before the end of the entry',
  ]);
});

describe.skipIf(withoutPostconf())("compared with the installed postconf", () => {
  test("-M prints the same", async () => {
    const { lines } = await askPostconf({ mainCf: "", masterCf: ENTRIES }, ["-M"]);
    expect(serviceColumns(ENTRIES, "master.cf").value).toEqual([...lines]);
  });
});
