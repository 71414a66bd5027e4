import { describe, expect, test } from "bun:test";

import { evaluateMainCf } from "../../src/config/evaluate.ts";
import { parseMainCf } from "../../src/config/main-cf.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { reviewMainCf } from "../../src/config/review.ts";
import { machine, MAIN_CF } from "./main-cf-samples.ts";

function review(text: string): string[] {
  const { value: mainCf } = parseMainCf(text, MAIN_CF);
  const { value, problems } = evaluateMainCf(mainCf, machine);
  return reviewMainCf(mainCf, machine, value, problems).map((problem) =>
    describeProblem(problem).replace(`${MAIN_CF}:`, ""),
  );
}

describe("a review of main.cf is silent about", () => {
  test.each([
    ["what Postfix knows", "smtpd_banner = $myhostname ESMTP\nsmtp_tls_security_level = may"],
    ["what pfmaster knows", "child_kill_delay = 3s"],
    ["a name that is far from all others", "my_own_value = x"],
    ["a name that is close to another but in use", "max_uses = 3\nmax_use = $max_uses"],
    ["a restriction class", "max_uses = permit\nsmtpd_restriction_classes = max_uses"],
    [
      "a setting of a transport of one's own",
      "local2_destination_concurrency_limit = 1\nlocals_destination_recipient_limit = 3",
    ],
    ["values with references that are not for us", "default_rbl_reply = $rbl_code $("],
    ["values that both see alike", "maillog_file = /var/log/$mail_version"],
    ["errors that are known already", "queue_directory = $("],
  ])("%s", (_, text) => {
    expect(review(`${text}\n`)).toEqual([]);
  });
});

describe("a review of main.cf warns of", () => {
  test.each([
    ["a letter too many", "max_uses = 3", "max_use"],
    ["a letter too few", "que_directory = /x\nquue_directory = /y", "queue_directory"],
    ["two letters swapped", "mial_owner = x", "mail_owner"],
    ["another letter", "smtpd_bannar = x", "smtpd_banner"],
    ["a default of other kind", "defaut_process_limit = 3", "default_process_limit"],
    ["a wrong case of one letter", "Max_use = x", "max_use"],
  ])("a misspelt name: %s", (_, text, suggestion) => {
    const found = review(`${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(
      " is read by nobody: expected a name that Postfix or pfmaster knows",
    );
    expect(found[0]).toEndWith(`(did you mean "${suggestion}"?)`);
  });

  test("a malformed value that no start evaluates (MCF-34), at its place", () => {
    expect(
      review("own_value = $own_value\nsmtpd_banner = x$(\nanvil_rate_time_unit = ${}\n"),
    ).toEqual([
      '1:13: warning: Cannot expand "$own_value": expected no reference that leads back to itself (own_value -> own_value) in the value of own_value: nothing evaluates it',
      '2:17: warning: Cannot expand "$(": expected a closing ")" in the value of smtpd_banner: what reads it will not run',
      '3:24: warning: Cannot expand "${}": expected a name between the brackets in the value of anvil_rate_time_unit: what reads it will not run',
    ]);
  });

  test("a name that only the program sets (MCF-72)", () => {
    expect(review("process_name = x\nservice_name = y\n")).toEqual([
      "1:1: warning: Ignored process_name: expected only the program to set it",
      "2:1: warning: Ignored service_name: expected only the program to set it",
    ]);
  });

  test("a value that the master reads in another way than postconf shows (MCF-63)", () => {
    expect(review("maillog_file = /var/log/$myhostname\nmail_name = <$max_idle>\n")).toEqual([
      '1:16: warning: The master reads maillog_file = "/var/log/" where postconf -x shows "/var/log/mail.example.org": expected references only to what main.cf sets, or to what is evaluated before maillog_file',
      '2:13: warning: The master reads mail_name = "<>" where postconf -x shows "<100s>": expected references only to what main.cf sets, or to what is evaluated before mail_name',
    ]);
  });
});
