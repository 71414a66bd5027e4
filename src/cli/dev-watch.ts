/** Notices that a service file, or what stands beside it, has changed. */
import { watch } from "node:fs";
import { dirname } from "node:path";

/** Editors write a file in several steps. */
const QUIET_MILLISECONDS = 100;
const CODE = /\.(?:ts|mts|js|mjs|json|txt)$/;

export function watchServiceFolder(file: string, onChanged: () => void): Disposable {
  const pending: { timer: ReturnType<typeof setTimeout> | null } = { timer: null };
  const watcher = watch(dirname(file), (_event, name) => {
    if (name === null || !CODE.test(name)) return;
    if (pending.timer !== null) clearTimeout(pending.timer);
    pending.timer = setTimeout(onChanged, QUIET_MILLISECONDS);
  });
  return {
    [Symbol.dispose]() {
      if (pending.timer !== null) clearTimeout(pending.timer);
      watcher.close();
    },
  };
}
