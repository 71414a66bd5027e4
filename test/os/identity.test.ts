import { describe, expect, test } from "bun:test";
import { chownSync, existsSync, statSync, writeFileSync } from "node:fs";

import { groupById, groupByName, portByName, userById, userByName } from "../../src/os/account.ts";
import { asOwner, isSetId } from "../../src/os/identity.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const NOBODY = { uid: 65_534, gid: 65_534 };

function ids(): string {
  return [process.geteuid?.(), process.getegid?.(), process.getgroups?.()].join(" ");
}

describe("users and groups", () => {
  test("are found by name and by number", () => {
    const root = { name: "root", uid: 0, gid: 0 };
    expect([userByName("root"), userById(0)]).toEqual([root, root]);
    expect(userByName("nobody")).toEqual({ name: "nobody", ...NOBODY });
    expect(groupByName("mail")).toEqual({ name: "mail", gid: 8 });
    expect(groupById(8)).toEqual({ name: "mail", gid: 8 });
  });

  test("nobody of that name is an answer, not a failure", () => {
    expect([userByName("no-such-user"), userByName(""), groupByName("no-such-group")]).toEqual([
      null,
      null,
      null,
    ]);
    expect([userById(4_000_000_000), groupById(4_000_000_000)]).toEqual([null, null]);
  });

  test("ports come from the services database, TCP only (SVC-23)", () => {
    expect([portByName("smtp"), portByName("submission")]).toEqual([25, 587]);
    expect([portByName("tftp"), portByName("no-such-port"), portByName("25x")]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe("work for another owner", () => {
  /** Without the groups that root was started with: children never have them. */
  const rootAgain = "0 0 0";

  test("belongs to that owner, and we are root again afterwards (SVC-32)", () => {
    using directory = temporaryDirectory();
    chownSync(directory.path, NOBODY.uid, NOBODY.gid);
    const during = asOwner(NOBODY, () => {
      writeFileSync(directory.file("made"), "");
      return ids();
    });
    expect(during).toBe("65534 65534 65534");
    expect(statSync(directory.file("made"))).toMatchObject(NOBODY);
    expect(ids()).toBe(rootAgain);
  });

  test("has that owner's rights only", () => {
    using directory = temporaryDirectory();
    expect(() => asOwner(NOBODY, () => writeFileSync(directory.file("made"), ""))).toThrow(
      "EACCES",
    );
    expect(existsSync(directory.file("made"))).toBe(false);
    expect(ids()).toBe(rootAgain);
  });

  test("must be over when it returns (design D14)", () => {
    expect(() => asOwner(NOBODY, async () => {})).toThrow("must not await");
    expect(ids()).toBe(rootAgain);
  });

  test("an ordinary user just works", async () => {
    const program = `
      import { asOwner, isSetId } from "${import.meta.dir}/../../src/os/identity.ts";
      process.setgroups([]); process.setgid(${NOBODY.gid}); process.setuid(${NOBODY.uid});
      console.log(asOwner({ uid: 0, gid: 0 }, () => process.geteuid()), isSetId());`;
    const child = Bun.spawn([process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    expect(await child.stdout.text()).toBe("65534 false\n");
  });

  test("who has another user's or group's rights is set-id (MCF-07)", () => {
    expect(isSetId()).toBe(false);
    expect(asOwner({ uid: NOBODY.uid, gid: 0 }, isSetId)).toBe(true);
    expect(asOwner({ uid: 0, gid: NOBODY.gid }, isSetId)).toBe(true);
  });
});
