/** A machine with accounts, and the short way from main.cf text to its evaluation. */
import { evaluateMainCf, type Evaluation } from "../../src/config/evaluate.ts";
import type { Group, Host, User } from "../../src/config/host.ts";
import { parseMainCf } from "../../src/config/main-cf.ts";
import { describeProblem } from "../../src/config/problem.ts";
import type { Settings } from "../../src/config/settings.ts";

export const MAIN_CF = "/etc/mail/main.cf";

const USERS: readonly User[] = [
  { name: "root", uid: 0, gid: 0 },
  { name: "postfix", uid: 100, gid: 200 },
  { name: "nobody", uid: 65534, gid: 65534 },
  { name: "anna", uid: 1000, gid: 1000 },
  { name: "alias", uid: 100, gid: 201 },
  { name: "wheel", uid: 101, gid: 0 },
  { name: "sharing", uid: 102, gid: 200 },
];
const GROUPS: readonly Group[] = [
  { name: "root", gid: 0 },
  { name: "postdrop", gid: 300 },
  { name: "postfix", gid: 200 },
  { name: "alias", gid: 300 },
];

export const machine: Host = {
  hostName: "mail.example.org",
  processName: "master",
  processId: 4711,
  callerUid: 0,
  families: ["ipv4", "ipv6"],
  firstUnprivilegedPort: 1024,
  userByName: (name) => USERS.find((user) => user.name === name) ?? null,
  userById: (uid) => USERS.find((user) => user.uid === uid) ?? null,
  groupByName: (name) => GROUPS.find((group) => group.name === name) ?? null,
  groupById: (gid) => GROUPS.find((group) => group.gid === gid) ?? null,
  portByName: () => null,
  daemonDirectory: { path: "/usr/lib/mail", rule: "the only one" },
};

type Circumstances = Readonly<{
  host?: Partial<Host>;
  overrides?: Readonly<Record<string, string>>;
}>;

export function evaluate(
  text: string,
  { host = {}, overrides = {} }: Circumstances = {},
): Readonly<{ evaluation: Evaluation; problems: readonly string[] }> {
  const parsed = parseMainCf(text, MAIN_CF);
  const { value, problems } = evaluateMainCf(
    parsed.value,
    { ...machine, ...host },
    new Map(Object.entries(overrides)),
  );
  return {
    evaluation: value,
    problems: [...parsed.problems, ...problems].map((problem) =>
      describeProblem(problem).replace(`${MAIN_CF}:`, ""),
    ),
  };
}

/** Of a main.cf that has no errors. */
export function settingsOf(text: string, circumstances?: Circumstances): Settings {
  const { evaluation, problems } = evaluate(text, circumstances);
  if (evaluation.settings === null) throw new Error(problems.join("\n"));
  return evaluation.settings;
}
