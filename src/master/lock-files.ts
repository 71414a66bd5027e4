/** The two locks that keep a second master away (MST-37 to MST-46), and the test for them. */
import type { Settings } from "../config/settings.ts";
import { decodeByteString } from "../os/byte-string.ts";
import { asOwner } from "../os/identity.ts";
import { lockIsHeld, openLockFile, writePid } from "../os/lock-file.ts";
import { attempt } from "./start-failure.ts";

/** Always these names, whatever we are called: the original and we exclude each other (design.md). */
const PID_FILE = "pid/master.pid";
const DATA_LOCK_NAME = "master.lock";

/** The working directory is the queue directory by now. */
export function takeLocks(settings: Settings): void {
  takeLock(PID_FILE);
  const owner = { uid: settings.mailOwnerUid, gid: settings.mailOwnerGid };
  const dataDirectory = decodeByteString(settings.dataDirectory);
  attempt(
    "act as mail_owner",
    "to be started by root",
    () => asOwner(owner, () => takeLock(`${dataDirectory}/${DATA_LOCK_NAME}`)), // MST-38
  );
}

/** MST-46: true only when it is certain that no master runs. */
export function noMasterRuns(): boolean {
  const state = lockIsHeld(PID_FILE);
  return state === "missing" || state === "free";
}

/** The descriptor stays open, and so the lock held, until the process ends (MST-44). */
function takeLock(path: string): void {
  attempt(`open lock file ${path}`, "no other master to run, and a plain file or none", () =>
    writePid(openLockFile(path), process.pid),
  );
}
