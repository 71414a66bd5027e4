/** Who owns the queue of a scratch configuration, and the main.cf lines that say so. */
import { groupByName, type User, userById, userByName } from "../os/account.ts";
import { CommandFailure, ExitCode } from "./exit.ts";

export type ScratchOwner = Readonly<{ user: User; lines: readonly string[] }>;

/** `command` is for messages. */
export function scratchOwner(command: string): ScratchOwner {
  return process.getuid?.() === 0 ? chooseOwner(command) : currentUser(command);
}

/** The superuser needs three accounts that have nothing in common (MCF-65). */
function chooseOwner(command: string): ScratchOwner {
  const [postfix, daemon] = [userByName("postfix"), userByName("daemon")];
  if (postfix !== null && groupByName("postdrop") !== null) return { user: postfix, lines: [] };
  if (daemon === null || groupByName("mail") === null) {
    throw new CommandFailure(
      ExitCode.system,
      `${command}: expected the user "daemon" and the group "mail"; as an ordinary user it needs neither`,
    );
  }
  return {
    user: daemon,
    lines: ["mail_owner = daemon", "default_privs = nobody", "setgid_group = mail"],
  };
}

function currentUser(command: string): ScratchOwner {
  const uid = process.getuid?.() ?? -1;
  const user = userById(uid);
  if (user === null)
    throw new CommandFailure(ExitCode.system, `${command}: no user has the id ${uid}`);
  return { user, lines: ["rootless_mode = yes", `mail_owner = ${user.name}`] };
}
