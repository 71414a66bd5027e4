/** Reads main.cf and master.cf as bytes. Knows nothing of what is in them. */
import { closeSync, constants, fstatSync, readFileSync } from "node:fs";

import { openFile } from "./descriptor.ts";
import { SystemError, throwSystemError } from "./system-error.ts";

const EISDIR = 21;
const HOT_WAIT_MILLISECONDS = 300;
const HOT_MARGIN_MILLISECONDS = 1000;

/**
 * The file's bytes, one character each. A file that is being edited just now is read again until
 * it has been left alone (MCF-12); waiting for that blocks nobody.
 */
export async function readConfigurationFile(path: string): Promise<string> {
  for (let before = Date.now(); ; before = Date.now()) {
    const { text, modifiedMilliseconds } = readNow(path);
    const after = Date.now();
    const isHot =
      modifiedMilliseconds >= before - HOT_MARGIN_MILLISECONDS && modifiedMilliseconds <= after;
    if (!isHot) return text;
    await Bun.sleep(HOT_WAIT_MILLISECONDS);
  }
}

/** The same for commands that only look: as it is, now. */
export function readConfigurationFileNow(path: string): string {
  return readNow(path).text;
}

function readNow(path: string): { text: string; modifiedMilliseconds: number } {
  // a named pipe must not make us wait for its writer
  const fd = openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (found.isDirectory()) throw new SystemError("read", EISDIR, path);
    // Whole milliseconds, as the clock has them: a fraction more would look like the future.
    return { text: readFileSync(fd, "latin1"), modifiedMilliseconds: Math.floor(found.mtimeMs) };
  } catch (error) {
    return throwSystemError(error, path);
  } finally {
    closeSync(fd);
  }
}
