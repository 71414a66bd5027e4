/** The configuration directory that `pfmaster dev` runs a service with: one that is given, or a scratch one. */
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { scratchOwner } from "./scratch-owner.ts";

type DevConfiguration = AsyncDisposable &
  Readonly<{ directory: string; overrides: readonly string[] }>;

export async function makeDevConfiguration(
  file: string,
  given: string | null,
): Promise<DevConfiguration> {
  const overrides = [`service_directory=${dirname(file)}`];
  if (given !== null) return { directory: given, overrides, [Symbol.asyncDispose]: async () => {} };
  const directory = await mkdtemp(join(tmpdir(), "pfmaster-dev-"));
  await chmod(directory, 0o755);
  await mkdir(join(directory, "queue"));
  const mainCf = join(directory, "main.cf");
  const lines = [
    "compatibility_level = 3.6",
    `queue_directory = ${directory}/queue`,
    `data_directory = ${directory}`,
    "myhostname = dev.invalid",
    "# Records go to standard error; the system's log is not for trying things out.",
    "maillog_file = /dev/stdout",
    ...scratchOwner("dev").lines,
    "",
  ];
  await writeFile(mainCf, lines.join("\n"));
  await utimes(mainCf, 0, 0); // a file of this second would be read twice (MCF-12)
  return {
    directory,
    overrides,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
