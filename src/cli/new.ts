/** `pfmaster new`: writes a first service, its test, and the types for the editor. Overwrites nothing. */
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { defineCommand } from "citty";

import { isBuiltInService } from "../services/registry.ts";
import { CommandFailure, ExitCode } from "./exit.ts";
import { print } from "./print.ts";
import { declarations, serviceFile, testFile } from "./service-template.ts";

const DECLARATIONS = "pfmaster.d.ts";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export const newService = defineCommand({
  meta: { name: "new", description: "Write a service file, its test, and pfmaster.d.ts" },
  args: {
    name: { type: "positional", required: false, description: "As in master.cf" },
    directory: {
      type: "string",
      alias: "C",
      valueHint: "dir",
      description: "Where to write, instead of the working directory",
    },
  },
  run: ({ args }) => writeService(args.name ?? "", resolve(args.directory ?? ".")),
});

function writeService(name: string, directory: string): number {
  if (!NAME.test(name)) {
    const expected = "a letter or digit, then letters, digits, _ and -";
    throw new CommandFailure(
      ExitCode.usage,
      `new: cannot use the name "${name}": expected ${expected}`,
    );
  }
  if (isBuiltInService(name)) {
    const message = `new: "${name}" is a built-in service, which comes first: expected another name`;
    throw new CommandFailure(ExitCode.usage, message);
  }
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandFailure(ExitCode.noInput, `new: expected a directory "${directory}"`);
  }
  const files = new Map([
    [`${name}.ts`, serviceFile(name)],
    [`${name}.test.ts`, testFile(name)],
  ]);
  const present = [...files.keys()].find((file) => existsSync(join(directory, file)));
  if (present !== undefined) {
    const path = join(directory, present);
    throw new CommandFailure(
      ExitCode.system,
      `new: "${path}" is there already: nothing was written`,
    );
  }
  // The types of an older binary stay what they are until somebody removes them.
  if (!existsSync(join(directory, DECLARATIONS))) files.set(DECLARATIONS, declarations());
  for (const [file, text] of files) write(join(directory, file), text);
  print(`Now: ${process.argv0} test ${join(directory, `${name}.test.ts`)}\n`);
  return ExitCode.ok;
}

/** Others may read it, whatever the umask: a child of the master may be another user. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    chmodSync(path, 0o644);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    if (code === null) throw error;
    throw new CommandFailure(ExitCode.system, `new: cannot write "${path}": ${code}`);
  }
  print(`Wrote ${path}\n`);
}
