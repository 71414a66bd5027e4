/**
 * Whether a file may be run: nobody but root and the trusted user can have written it, or can put another
 * one in its place (design D12). Knows nothing of what is in it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import { dirname, resolve } from "node:path";

import { openFile } from "../os/descriptor.ts";
import { SystemError, throwSystemError } from "../os/system-error.ts";

/** The user besides root whose files may be run; 0 is nobody else. */
export type TrustedUser = Readonly<{ uid: number }>;

/** Names the path, what is wrong with it, and what was expected. */
export class UntrustedFile extends Error {
  override readonly name = "UntrustedFile";
}

const MOST_LINKS = 40;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The text of a file that may be run, and its path without symbolic links. Every directory and every
 * link on the way from / is looked at, and the text is read from what was looked at.
 */
export function readTrustedFile(path: string, user: TrustedUser): { path: string; text: string } {
  const real = resolveTrusted(path, user);
  const fd = openTrusted(real);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) throw refusal(real, "it is not a regular file", "a file");
    requireOwner(real, found, user);
    if ((found.mode & OTHERS_MAY_WRITE) !== 0) {
      throw refusal(real, describeMode(found), "nobody but its owner to be able to write to it");
    }
    return { path: real, text: readFileSync(fd, "utf8") };
  } finally {
    closeSync(fd);
  }
}

function openTrusted(path: string): number {
  try {
    return openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw asRefusal(error, path);
  }
}

/** Component by component: a link is as good as whoever could have made it. */
function resolveTrusted(path: string, user: TrustedUser): string {
  let links = 0;
  let done = "/";
  let rest = resolve(path).split("/").filter(Boolean);
  requireDirectory("/", lookAt("/"), user);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const here = done === "/" ? `/${name}` : `${done}/${name}`;
    const found = lookAt(here);
    if (found.isSymbolicLink()) {
      if (++links > MOST_LINKS) throw refusal(here, "too many symbolic links", "fewer");
      requireOwner(here, found, user);
      rest = [...resolve(dirname(here), readLink(here)).split("/").filter(Boolean), ...rest];
      done = "/";
      continue;
    }
    if (rest.length > 0) requireDirectory(here, found, user);
    done = here;
  }
  return done;
}

function requireDirectory(path: string, found: Stats, user: TrustedUser): void {
  if (!found.isDirectory()) throw refusal(path, "it is not a directory", "a directory");
  requireOwner(path, found, user);
  // In a sticky directory of root nobody can replace what root or the user owns.
  const isSticky = (found.mode & STICKY) !== 0 && found.uid === 0;
  if ((found.mode & OTHERS_MAY_WRITE) === 0 || isSticky) return;
  throw refusal(path, describeMode(found), "nobody but its owner to be able to write to it");
}

function requireOwner(path: string, { uid }: Stats, user: TrustedUser): void {
  if (uid === 0 || uid === user.uid) return;
  const owner = user.uid === 0 ? "root" : `root or user id ${user.uid}`;
  throw refusal(path, `it belongs to user id ${uid}`, `it to belong to ${owner}`);
}

function describeMode({ mode }: Stats): string {
  return `its mode is ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
}

function refusal(path: string, found: string, expected: string): UntrustedFile {
  return new UntrustedFile(`Cannot run code from "${path}": ${found}, expected ${expected}`);
}

function lookAt(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw asRefusal(error, path);
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    throw asRefusal(error, path);
  }
}

function asRefusal(error: unknown, path: string): unknown {
  try {
    return throwSystemError(error, path);
  } catch (known) {
    if (!(known instanceof SystemError)) return known;
    return refusal(path, known.reason, "a readable file");
  }
}
