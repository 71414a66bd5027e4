/** Postfix's own smtpd asks our anvil: limits are enforced and peaks are told, under either master. */
import { describe, expect, test } from "bun:test";
import { readlinkSync } from "node:fs";

import { POSTFIX_MASTER } from "../support/masters.ts";
import { processFacts } from "../support/process-facts.ts";
import { SmtpRefusal, SmtpSession } from "../support/smtp-client.ts";
import { waitFor } from "../support/wait-for.ts";
import { MailSystem } from "./mail-system.ts";
import {
  cannotRun,
  masterUnderTest,
  missingForPfmaster,
  missingForPostfix,
} from "./prerequisites.ts";

const LIMIT = 3;
const missing = [...missingForPostfix(), ...missingForPfmaster()];

const MASTERS = [
  { name: "Postfix's master", master: POSTFIX_MASTER.path },
  { name: "pfmaster", master: masterUnderTest() },
];
/** The records carry the name of the command. */
const WAYS = [
  {
    way: "as the command pfmaster",
    tag: "pfmaster",
    services: ["anvil unix - - y - 1 pfmaster anvil"],
  },
  {
    way: "as the command pfmaster, by its name",
    tag: "pfmaster",
    services: ["anvil unix - - n - 1 pfmaster"],
  },
  { way: "through a symbolic link of its name", tag: "anvil", replaced: ["anvil"] },
];

for (const { name, master } of MASTERS) {
  describe.skipIf(cannotRun(`our anvil under ${name}`, missing))(`our anvil under ${name}`, () => {
    test.each(WAYS)(
      "$way enforces smtpd_client_connection_rate_limit and logs its peaks (PRO-38, PRO-76)",
      async ({ way: _, tag, ...arrangement }) => {
        await using system = new MailSystem({
          master,
          pfmaster: masterUnderTest(),
          ...arrangement,
          parameters: {
            smtpd_client_connection_rate_limit: String(LIMIT),
            smtpd_client_event_limit_exceptions: "",
            anvil_status_update_time: "2s",
          },
        });
        await system.mustRun("start");
        const endpoint = { hostname: "127.0.0.1", port: system.port };
        for (let count = 0; count < LIMIT; count++) {
          await using session = await SmtpSession.open(endpoint);
          await session.quit();
        }
        const refused = await SmtpSession.open(endpoint).then(() => null, refusal);
        expect(refused).toMatchObject({ code: 421 });
        const ident = `${system.port}:127.0.0.1`;
        const record = (pattern: string) =>
          waitFor(
            () => `${pattern} in\n${system.log()}`,
            () => new RegExp(pattern).exec(system.log()),
          );
        await record(`smtpd\\[\\d+\\]: warning: Connection rate limit exceeded: ${LIMIT + 1} from`);
        const [, pid = ""] = await record(
          `${tag}\\[(\\d+)\\]: statistics: max connection rate ${LIMIT + 1}/60s for \\(${ident}\\) at`,
        );
        await record(
          `${tag}\\[${pid}\\]: statistics: max connection count 1 for \\(${ident}\\) at`,
        );
        await record(`${tag}\\[${pid}\\]: statistics: max cache size 1 at`);
        const ours = tag === "pfmaster" && name === "pfmaster" ? "master" : "pfmaster"; // runs itself
        expect(readlinkSync(`/proc/${pid}/exe`)).toBe(`${system.places.daemons}/${ours}`);
        expect(processFacts(Number(pid))?.environment["MAIL_CONFIG"]).toBe(
          system.places.configuration,
        );
        await system.mustRun("stop");
        expect(system.log()).not.toMatch(/(anvil|pfmaster)\[\d+\]: (warning|fatal|panic|error)/);
      },
      60_000,
    );
  });
}

function refusal(error: unknown): SmtpRefusal["reply"] {
  if (error instanceof SmtpRefusal) return error.reply;
  throw error;
}
