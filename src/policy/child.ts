/** One running child as the master knows it. Plain data; knows nothing of processes. */

/** Kept from the spawn until the exit was judged. Replaced when its status changes. */
export type Child = Readonly<{
  pid: number;
  generation: number;
  /** Identity of the service that it was started for. */
  service: string;
  /** What was executed: a reload may have changed the entry since (SVC-30). */
  path: string;
  /** The argument vector as run, from argv[0] on. */
  commandLine: readonly string[];
  /** Requests completed: accepted changes from taken to idle (MST-88). */
  useCount: number;
  /** Waits for a client, as far as we were told. */
  idle: boolean;
  /** Said that it accepts nobody any more; it stays for the clients it has (design D17). */
  retiring: boolean;
  /** We sent it SIGTERM because its service was removed: its end is no news (MST-65). */
  dismissed: boolean;
}>;

/** A child that was just started counts as idle before it has said a word (MST-70). */
export function newChild(
  started: Pick<Child, "pid" | "generation" | "service" | "path" | "commandLine">,
): Child {
  return { ...started, useCount: 0, idle: true, retiring: false, dismissed: false };
}
