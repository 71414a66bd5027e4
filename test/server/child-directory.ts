/** The configuration, queue and service files of one child, in a directory of its own. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { temporaryDirectory } from "../os/temporary-directory.ts";

const SERVICES = join(import.meta.dir, "services");
export const isRoot = process.getuid?.() === 0;

/** Service files are copied: those of a checkout may belong to anybody. */
export function childDirectory(extra = "") {
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(directory.file("queue"));
  mkdirSync(directory.file("services"));
  for (const name of readdirSync(SERVICES)) {
    copyFileSync(join(SERVICES, name), directory.file(`services/${name}`));
    chmodSync(directory.file(`services/${name}`), 0o644);
  }
  const owner = isRoot ? "" : `rootless_mode = yes\nmail_owner = ${process.env["USER"]}\n`;
  writeFileSync(
    directory.file("main.cf"),
    `compatibility_level = 3.6\nqueue_directory = ${directory.path}/queue\n` +
      `data_directory = ${directory.path}\nmyhostname = mail.example.com\n` +
      `limit_jitter_percent = 0\n${owner}${extra}`,
  );
  utimesSync(directory.file("main.cf"), 0, 0); // a file of this second is read twice (MCF-12)
  return directory;
}
