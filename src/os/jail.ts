/** Give up the file system and the privileges, for good (MUL-56 to MUL-58). */
import { checked, cString, libc } from "./libc.ts";
import { throwSystemError } from "./system-error.ts";

type Jail = Readonly<{
  /** Whose ids to take; null keeps them. */
  user: Readonly<{ name: string; uid: number; gid: number }> | null;
  /** The new root directory; null keeps it. */
  root: string | null;
}>;

/** The groups come from the outer file system; the user id goes last, for it is needed to do the rest. */
export function enterJail({ user, root }: Jail): void {
  if (user !== null) {
    attempt(`${user.gid}`, () => process.setgid?.(user.gid));
    checked("initgroups", libc.initgroups(cString(user.name), user.gid), user.name);
  }
  if (root !== null) {
    checked("chroot", libc.chroot(cString(root)), root);
    attempt("/", () => process.chdir("/"));
  }
  if (user !== null) attempt(`${user.uid}`, () => process.setuid?.(user.uid));
}

function attempt(subject: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    throwSystemError(error, subject);
  }
}
