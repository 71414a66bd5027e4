import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

import { readTrustedFile, UntrustedFile } from "../../src/server/file-trust.ts";
import { temporaryDirectory } from "../os/temporary-directory.ts";

const uid = process.getuid?.() ?? 0;
const isRoot = uid === 0;
const SOMEBODY = 12345;

/** A directory that may be on the way, in /tmp, which is sticky. */
function workshop() {
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(directory.file("services"), { mode: 0o755 });
  writeFileSync(directory.file("services/a.ts"), "export {};", { mode: 0o644 });
  return directory;
}

function refusal(path: string, user = uid): string {
  try {
    return `read ${readTrustedFile(path, { uid: user }).path}`;
  } catch (error) {
    if (error instanceof UntrustedFile) return error.message;
    throw error;
  }
}

describe("a file that may be run", () => {
  test("is read, below a sticky directory of root", () => {
    using directory = workshop();
    const path = directory.file("services/a.ts");
    expect(readTrustedFile(path, { uid })).toEqual({ path, text: "export {};" });
  });

  test("is found through links of the same owner", () => {
    using directory = workshop();
    symlinkSync("services", directory.file("current"));
    symlinkSync("../current/a.ts", directory.file("services/b.ts"));
    expect(refusal(directory.file("current/b.ts"))).toBe(`read ${directory.file("services/a.ts")}`);
  });
});

describe("a file that must not be run", () => {
  test.each([0o664, 0o646, 0o666])("has mode %o", (mode) => {
    using directory = workshop();
    chmodSync(directory.file("services/a.ts"), mode);
    expect(refusal(directory.file("services/a.ts"))).toBe(
      `Cannot run code from "${directory.file("services/a.ts")}": its mode is 0${mode.toString(8)}, expected nobody but its owner to be able to write to it`,
    );
  });

  test("is in a directory that others may write to, sticky or not, unless it is root's", () => {
    using directory = workshop();
    chmodSync(directory.file("services"), 0o775);
    expect(refusal(directory.file("services/a.ts"))).toContain("its mode is 0775");
    chmodSync(directory.file("services"), 0o1777);
    const found = refusal(directory.file("services/a.ts"));
    if (isRoot) expect(found).toStartWith("read ");
    else expect(found).toContain("its mode is 1777");
  });

  test.skipIf(!isRoot)("belongs to somebody else, or its directory or a link does", () => {
    using directory = workshop();
    const path = directory.file("services/a.ts");
    chownSync(path, SOMEBODY, 0);
    expect(refusal(path)).toBe(
      `Cannot run code from "${path}": it belongs to user id ${SOMEBODY}, expected it to belong to root`,
    );
    expect(refusal(path, SOMEBODY)).toBe(`read ${path}`);
    expect(refusal(path, SOMEBODY + 1)).toContain(`root or user id ${SOMEBODY + 1}`);
    chownSync(path, 0, 0);
    chownSync(directory.file("services"), SOMEBODY, 0);
    expect(refusal(path)).toContain(`"${directory.file("services")}": it belongs to user id`);
  });

  test.skipIf(!isRoot)(
    "is reached by a link that others could have made, in a sticky directory",
    () => {
      using directory = workshop();
      const link = directory.file("link.ts");
      symlinkSync("services/a.ts", link);
      Bun.spawnSync(["chown", "-h", `${SOMEBODY}`, link]);
      expect(refusal(link)).toContain(`"${link}": it belongs to user id ${SOMEBODY}`);
    },
  );

  test("is reached by a link that leads in circles", () => {
    using directory = workshop();
    symlinkSync("loop", directory.file("loop"));
    expect(refusal(directory.file("loop"))).toContain("too many symbolic links");
  });

  test("is not there, or no file", () => {
    using directory = workshop();
    expect(refusal(directory.file("none.ts"))).toContain(
      "No such file or directory, expected a readable file",
    );
    expect(refusal(directory.file("services"))).toContain("it is not a regular file");
    expect(refusal(directory.file("services/a.ts/b.ts"))).toContain("it is not a directory");
  });
});
