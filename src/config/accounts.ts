/** mail_owner, default_privs and setgid_group: real, without privileges, and apart (MCF-65). */
import type { Host, User } from "./host.ts";
import { errorAt, type Position, type Problem } from "./problem.ts";

type Account = Readonly<{ parameter: string; name: string; uid: number | null; gid: number }>;

export type AccountNames = Readonly<{
  mailOwner: string;
  defaultPrivs: string;
  setgidGroup: string;
  /** With it, and without root, only mail_owner counts, and it must be the caller. */
  rootlessMode: boolean;
}>;

/** Null when there is no such mail owner. */
export function checkAccounts(
  { mailOwner, defaultPrivs, setgidGroup, rootlessMode }: AccountNames,
  host: Host,
  placeOf: (name: string) => Position | null,
  problems: Problem[],
): User | null {
  const report = (parameter: string, value: string, expected: string): void => {
    const message = `Cannot use ${parameter} = "${value}": expected ${expected}`;
    problems.push(errorAt(placeOf(parameter), message));
  };

  if (rootlessMode && host.callerUid !== 0) return checkCaller(mailOwner, host, report);

  const owner = checkUser("mail_owner", mailOwner, host, report);
  const others = [
    checkUser("default_privs", defaultPrivs, host, report),
    checkGroup("setgid_group", setgidGroup, host, report),
  ];
  checkOverlap(
    [owner, ...others].filter((account) => account !== null),
    report,
  );
  return host.userByName(mailOwner);
}

type Report = (parameter: string, value: string, expected: string) => void;

function checkCaller(mailOwner: string, host: Host, report: Report): User | null {
  const user = host.userByName(mailOwner);
  if (user === null) {
    report("mail_owner", mailOwner, "the name of a user");
  } else if (user.uid !== host.callerUid) {
    const caller = host.userById(host.callerUid)?.name ?? `uid ${host.callerUid}`;
    report("mail_owner", mailOwner, `"${caller}", who runs this, because of rootless_mode = yes`);
  }
  return user;
}

function checkUser(parameter: string, name: string, host: Host, report: Report): Account | null {
  const user = host.userByName(name);
  if (user === null) {
    report(parameter, name, "the name of a user");
    return null;
  }
  const { uid, gid } = user;
  if (uid === 0) report(parameter, name, "a user without privileges, found uid 0");
  if (gid === 0) report(parameter, name, "a user without privileges, found gid 0");
  const owner = host.userById(uid)?.name;
  if (owner !== undefined && owner !== name) {
    report(parameter, name, `a user with an id of its own, but uid ${uid} is "${owner}"`);
  }
  return { parameter, name, uid, gid };
}

function checkGroup(parameter: string, name: string, host: Host, report: Report): Account | null {
  const group = host.groupByName(name);
  if (group === null) {
    report(parameter, name, "the name of a group");
    return null;
  }
  const { gid } = group;
  if (gid === 0) report(parameter, name, "a group without privileges, found gid 0");
  const owner = host.groupById(gid)?.name;
  if (owner !== undefined && owner !== name) {
    report(parameter, name, `a group with an id of its own, but gid ${gid} is "${owner}"`);
  }
  return { parameter, name, uid: null, gid };
}

function checkOverlap(accounts: readonly Account[], report: Report): void {
  for (const [index, later] of accounts.entries()) {
    for (const earlier of accounts.slice(0, index)) {
      const shared =
        later.uid !== null && later.uid === earlier.uid
          ? `uid ${later.uid}`
          : later.gid === earlier.gid
            ? `gid ${later.gid}`
            : null;
      if (shared === null) continue;
      report(
        later.parameter,
        later.name,
        `another id than that of ${earlier.parameter}, not the same ${shared}`,
      );
    }
  }
}
