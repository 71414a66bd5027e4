/** The examples at work: real Postfix daemons ask service files, under both masters. */

import { describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { PFMASTER, POSTFIX_MASTER } from "../support/masters.ts";
import { SmtpRefusal, SmtpSession } from "../support/smtp-client.ts";
import { waitFor } from "../support/wait-for.ts";
import { MAIL_DOMAIN, MAIL_USER } from "./configuration.ts";
import { MailSystem } from "./mail-system.ts";
import { cannotRun, missingForPfmaster, missingForPostfix } from "./prerequisites.ts";

const EXAMPLES = join(import.meta.dir, "../examples");
const SERVICES = [
  "rate-limit unix - - y - 1 pfmaster rate-limit",
  "user-map unix - - y - - pfmaster", // the service's name is that of the entry
];

describe.skipIf(
  cannotRun("service files under both masters", [...missingForPostfix(), ...missingForPfmaster()]),
)("service files that smtpd asks", () => {
  test.each([
    ["Postfix's master", POSTFIX_MASTER.path],
    ["pfmaster", PFMASTER.path],
  ])(
    "limit a sender and find a user, under %s",
    async (_name, master) => {
      await using system = mailSystem(master);
      await system.mustRun("start");
      const to = `ada@${MAIL_DOMAIN}`;
      const send = async (from: string, subject: string) => {
        await using session = await SmtpSession.open({ hostname: "127.0.0.1", port: system.port });
        await session.send({ from, to, subject, body: "x" });
      };
      await send("a@example.com", "first");
      await send("a@example.com", "second");
      const refused = await send("a@example.com", "third").catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SmtpRefusal);
      expect(refused instanceof SmtpRefusal && refused.reply.text).toContain(
        "too many messages, try later",
      );
      await send("b@example.com", "fourth");
      await waitFor(
        () => `three messages for ${MAIL_USER}, the log says ${system.log()}`,
        () => system.mailbox().length === 3, // by way of the socketmap table
      );
      expect(system.log()).toMatch(/ postfix\/pfmaster\[\d+\]: a@example\.com is over its limit$/m);
      expect(system.log()).toMatch(/ postfix\/pfmaster\[\d+\]: users: 1$/m);
    },
    90_000,
  );
});

function mailSystem(master: string): MailSystem {
  const system = new MailSystem({
    master,
    pfmaster: PFMASTER.path,
    parameters: {
      smtpd_end_of_data_restrictions: "check_policy_service unix:private/rate-limit",
      sender_message_limit: "2",
      virtual_alias_maps: "socketmap:unix:private/user-map:aliases",
    },
  });
  const { configuration } = system.places;
  mkdirSync(join(configuration, "services"), { mode: 0o755 });
  for (const name of ["rate-limit", "user-map"]) {
    const file = join(configuration, "services", `${name}.ts`);
    copyFileSync(join(EXAMPLES, `${name}.ts`), file);
    chmodSync(file, 0o644);
  }
  writeFileSync(join(configuration, "users"), `ada@${MAIL_DOMAIN} ${MAIL_USER}@${MAIL_DOMAIN}\n`);
  appendFileSync(join(configuration, "master.cf"), `${SERVICES.join("\n")}\n`);
  return system;
}
