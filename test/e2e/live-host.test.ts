/** The README's way to swap the master of a live Debian host, command by command, and back again. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { POSTFIX_MASTER } from "../support/masters.ts";
import { waitFor } from "../support/wait-for.ts";
import { MAIL_USER } from "./configuration.ts";
import {
  cannotRun,
  masterUnderTest,
  missingForPfmaster,
  missingForPostfix,
} from "./prerequisites.ts";
import { missingForPrivateMachine, PrivateMachine } from "./private-machine.ts";

const CHECKOUT = "/root/checkout";

/** A freshly installed host: the package's files, minimal settings, mail to a mailbox. */
const CONFIGURE = `
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
: > /etc/postfix/main.cf
postconf -e compatibility_level=3.6 myhostname=live.test 'mydestination=$myhostname' alias_maps= alias_database= \
  inet_interfaces=all inet_protocols=all maillog_file=/var/log/mail.log biff=no
rm -f /var/mail/${MAIL_USER} /etc/postfix/postfix-script.local
`;

/** The installed package once more, as a package file: what an upgrade would unpack. */
const REPACK = `
mkdir -p /tmp/package/DEBIAN
dpkg -L postfix | while read -r path; do
  if [ -f "$path" ] && [ ! -h "$path" ]; then cp -a --parents "$path" /tmp/package; fi
done
dpkg-query -f 'Package: postfix\nVersion: \${Version}+upgrade\nArchitecture: \${Architecture}\nMaintainer: nobody <nobody@live.test>\nDescription: the same again\n' \
  -W postfix > /tmp/package/DEBIAN/control
dpkg-deb -Znone --build /tmp/package /tmp/postfix.deb
`;

const missing = [...missingForPostfix(), ...missingForPfmaster()];
if (missing.length === 0) missing.push(...(await missingForPrivateMachine()));

describe.skipIf(cannotRun("swap of the master on a live host", missing))(
  "the README's commands on a live host",
  () => {
    test("put pfmaster in place, keep it over a package upgrade, and go back", async () => {
      await using machine = await PrivateMachine.boot();
      await machine.mustRun(CONFIGURE);
      await machine.mustRun(REPACK);
      await bringBinary(machine);

      await machine.mustRun("service postfix start");
      await expectMailToFlow(machine, "under the package's master");
      await expectSameFile(machine, runningMaster, POSTFIX_MASTER.path);

      await machine.mustRun(`cd ${CHECKOUT}\n${readmeCommands("put in place")}`);
      await expectSameFile(machine, runningMaster, `${CHECKOUT}/dist/pfmaster`);
      await expectMailToFlow(machine, "under pfmaster");
      expect(await machine.mustRun("postfix check")).toBe("");

      await machine.mustRun("dpkg --unpack --force-depends /tmp/postfix.deb");
      await expectSameFile(machine, POSTFIX_MASTER.path, `${CHECKOUT}/dist/pfmaster`);
      await machine.mustRun("service postfix restart");
      await expectMailToFlow(machine, "after the upgrade");

      await machine.mustRun(`cd ${CHECKOUT}\n${readmeCommands("back again")}`);
      await expectSameFile(machine, runningMaster, "/tmp/package/usr/lib/postfix/sbin/master");
      await expectMailToFlow(machine, "back under the package's master");
      expect(await machine.mustRun("dpkg-divert --list '*/postfix/*'")).toBe("");
      expect(await machine.mustRun("ls /usr/lib/postfix/sbin | grep '^master'")).toBe("master\n");
      expect(await machine.mustRun("postfix check")).toBe("");
    }, 120_000);
  },
);

const runningMaster = "/proc/$(sed 's/ //g' /var/spool/postfix/pid/master.pid)/exe";

/** The commands of the block that this mark announces: the documentation is what is tried. */
function readmeCommands(mark: string): string {
  const path = process.env["E2E_README"] ?? join(import.meta.dir, "../../README.md");
  const readme = readFileSync(path, "utf8");
  const block = readme.split(`<!-- tried: ${mark} -->\n\`\`\`sh\n`)[1]?.split("\n```")[0];
  if (block === undefined) throw new Error(`${path} has no code block marked "tried: ${mark}"`);
  return block;
}

async function bringBinary(machine: PrivateMachine): Promise<void> {
  const target = `${CHECKOUT}/dist/pfmaster`;
  await machine.mustRun(
    `mkdir -p ${CHECKOUT}/dist && cat > ${target} && chmod 755 ${target}`,
    Bun.file(masterUnderTest()),
  );
}

async function expectSameFile(machine: PrivateMachine, left: string, right: string): Promise<void> {
  const { status, output } = await machine.run(`cmp "${left}" "${right}"`);
  expect({ status, output }).toEqual({ status: 0, output: "" });
}

/** SMTP is served on port 25, and a local submission arrives in the mailbox. */
async function expectMailToFlow(machine: PrivateMachine, subject: string): Promise<void> {
  const greeting = 'exec 3<>/dev/tcp/127.0.0.1/25; read -r line <&3; echo "$line"';
  expect(await machine.mustRun(`bash -c '${greeting}'`)).toStartWith("220 live.test ESMTP");
  const message = new Blob([`Subject: ${subject}\n\nHello.\n`]);
  expect(await machine.mustRun(`sendmail -i ${MAIL_USER}@live.test`, message)).toBe("");
  const found = `grep -c "^Subject: ${subject}$" /var/mail/${MAIL_USER}`;
  await waitFor(
    `the message "${subject}" in the mailbox`,
    async () => (await machine.run(found)).output === "1\n",
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await machine.mustRun("tail -50 /var/log/mail.log")}`);
  });
}
