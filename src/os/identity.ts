/** Who we are, and whose work we do for a moment. Knows nothing of configuration. */
import { libc } from "./libc.ts";
import { throwSystemError } from "./system-error.ts";

export type Owner = Readonly<{ uid: number; gid: number }>;

const AT_SECURE = 23;

/** The real and the effective ids differ, or the kernel started us from a set-id file. */
export function isSetId(): boolean {
  return (
    process.getuid?.() !== process.geteuid?.() ||
    process.getgid?.() !== process.getegid?.() ||
    libc.getauxval(AT_SECURE) !== 0n
  );
}

/**
 * Run `work` with the effective ids of `owner`. All threads of the process switch, so the work
 * must be over when it returns: a promise is refused. Only root can switch; anyone else just works.
 * Groups that root was started with do not come back, so that children never have them.
 */
export function asOwner<T>(owner: Owner, work: () => T): T {
  if (process.geteuid?.() !== 0) return workNow(work);
  const gid = process.getgid?.() ?? 0;
  try {
    switchTo(owner, [owner.gid]);
    return workNow(work);
  } finally {
    switchTo({ uid: 0, gid }, [gid]);
  }
}

function workNow<T>(work: () => T): T {
  const result = work();
  if (result instanceof Promise) throw new Error("work under another identity must not await");
  return result;
}

/** Root goes last on the way out and comes first on the way back: only it may change groups. */
function switchTo({ uid, gid }: Owner, groups: readonly number[]): void {
  try {
    process.seteuid?.(0);
    process.setgroups?.([...groups]);
    process.setegid?.(gid);
    process.seteuid?.(uid);
  } catch (error) {
    throwSystemError(error);
  }
}
