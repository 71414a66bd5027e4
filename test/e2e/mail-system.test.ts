/** An unmodified Debian Postfix with only the master swapped: the rest of the mail system cannot tell. */

import { describe, expect, test } from "bun:test";

import { POSTFIX_MASTER } from "../support/masters.ts";
import { isAlive } from "../support/process-facts.ts";
import { type Message, sendMessage, SmtpSession } from "../support/smtp-client.ts";
import { waitFor } from "../support/wait-for.ts";
import { MAIL_DOMAIN, MAIL_USER } from "./configuration.ts";
import { MailSystem } from "./mail-system.ts";
import {
  cannotRun,
  masterUnderTest,
  missingForPfmaster,
  missingForPostfix,
} from "./prerequisites.ts";

const RECIPIENT = `${MAIL_USER}@${MAIL_DOMAIN}`;
const SESSIONS = 20;
const MESSAGES = 200;
const RELOADS = 10;

describe.skipIf(cannotRun("mail system under Postfix's master", missingForPostfix()))(
  "mail system under Postfix's own master",
  () => {
    test("starts, delivers, reloads and stops, so the arrangement itself is sound", async () => {
      await using system = await started(POSTFIX_MASTER.path);
      await sendMessage(endpoint(system), message("by SMTP"));
      await system.mustRun("reload");
      await submitWithSendmail(system, "by sendmail");
      await subjectsDelivered(system, ["by SMTP", "by sendmail"]);
      await system.mustRun("stop");
      expect(system.processes()).toEqual([]);
    }, 60_000);
  },
);

describe.skipIf(
  cannotRun("mail system under pfmaster", [...missingForPostfix(), ...missingForPfmaster()]),
)("mail system under pfmaster", () => {
  test("postfix start returns when the master serves, and status then says so", async () => {
    await using system = new MailSystem({ master: masterUnderTest() });
    expect((await system.postfix("status")).status).toBe(1);
    expect(await system.postfix("start")).toEqual({ status: 0, output: "" });
    await using session = await SmtpSession.open(endpoint(system)); // no waiting: -w has waited
    await session.quit();
    expect((await system.postfix("status")).status).toBe(0);
    await waitFor("the record of the status command", () =>
      system.log().includes("the Postfix mail system is running: PID: "),
    );
    expect(system.log()).toMatch(/ postfix\/master\[\d+\]: daemon started -- version /);
    expect(troublesIn(system)).toEqual([]);
  }, 60_000);

  test("postfix start refuses a second start and leaves the first master alone", async () => {
    await using system = await started(masterUnderTest());
    const pid = system.masterPid();
    expect((await system.postfix("start")).status).toBe(1);
    await waitFor("the record of the refusal", () =>
      system.log().includes("the Postfix mail system is already running"),
    );
    expect(system.masterPid()).toBe(pid);
    expect(isAlive(pid)).toBe(true);
  }, 60_000);

  test("postfix reload keeps the master and replaces its daemons", async () => {
    await using system = await started(masterUnderTest());
    const pid = system.masterPid();
    const queueManager = await daemon(system, "qmgr");
    await system.mustRun("reload");
    await waitFor("the old queue manager to leave", () => !isAlive(queueManager));
    expect(await daemon(system, "qmgr")).not.toBe(queueManager);
    expect(system.masterPid()).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    const record = / postfix\/master\[\d+\]: reload -- version /;
    await waitFor("the record of the reload", () => record.test(system.log()));
  }, 60_000);

  test.each(["stop", "abort"])(
    "postfix %s ends the master and all its daemons",
    async (command) => {
      await using system = await started(masterUnderTest());
      await using session = await SmtpSession.open(endpoint(system)); // a busy daemon must go as well
      const pid = system.masterPid();
      await system.mustRun(command);
      await waitFor("every process of the instance to end", () => system.processes().length === 0);
      expect(isAlive(pid)).toBe(false);
      expect((await system.postfix("status")).status).toBe(1);
      await expect(session.quit()).rejects.toThrow();
    },
    60_000,
  );

  test("mail submitted by SMTP and by sendmail reaches the local mailbox", async () => {
    await using system = await started(masterUnderTest());
    await sendMessage(endpoint(system), message("over IPv4"));
    await sendMessage({ ...endpoint(system), hostname: "::1" }, message("over IPv6"));
    await submitWithSendmail(system, "by sendmail");
    await subjectsDelivered(system, ["over IPv4", "over IPv6", "by sendmail"]);
    expect(troublesIn(system)).toEqual([]);
  }, 60_000);

  test("mailq shows what is queued, and an empty queue after delivery", async () => {
    await using system = new MailSystem({
      master: masterUnderTest(),
      parameters: { defer_transports: "local" },
    });
    await system.mustRun("start");
    await sendMessage(endpoint(system), message("held back"));
    await waitFor("the message to be deferred", () => system.log().includes("status=deferred"));
    const { status, output } = await system.run(["/usr/bin/mailq"]);
    expect(status).toBe(0);
    expect(output).toContain(RECIPIENT);
    expect(output).toContain("-- 0 Kbytes in 1 Request.");
    expect((await system.run(["/usr/sbin/postsuper", "-d", "ALL"])).status).toBe(0);
    expect((await system.run(["/usr/bin/mailq"])).output).toBe("Mail queue is empty\n");
  }, 60_000);

  test("daemons leave when idle and come back with the next message", async () => {
    await using system = await started(masterUnderTest());
    await sendMessage(endpoint(system), message("before the pause"));
    await subjectsDelivered(system, ["before the pause"]);
    const comeAndGo = ["smtpd", "cleanup", "trivial-rewrite", "local"];
    const present = () => system.daemons().filter(({ name }) => comeAndGo.includes(name));
    await waitFor("the idle daemons to leave", () => present().length === 0, 30_000);
    await sendMessage(endpoint(system), message("after the pause"));
    await subjectsDelivered(system, ["before the pause", "after the pause"]);
    expect(present().length).toBeGreaterThan(0);
    expect(troublesIn(system)).toEqual([]);
  }, 60_000);

  test(`${MESSAGES} messages in ${SESSIONS} parallel SMTP sessions are all delivered`, async () => {
    await using system = await started(masterUnderTest());
    const subjects = await sendLoad(system, {
      messagesPerSession: MESSAGES / SESSIONS,
      disturb: () => Promise.resolve(),
    });
    await subjectsDelivered(system, subjects);
    expect(subjects.length).toBe(MESSAGES);
    expect(troublesIn(system)).toEqual([]);
  }, 60_000);

  test(`${RELOADS} reloads during such a load refuse and lose nothing`, async () => {
    await using system = await started(masterUnderTest());
    const pid = system.masterPid();
    const subjects = await sendLoad(system, {
      messagesPerSession: 2, // some sessions live through a reload, and new ones meet it
      disturb: async () => {
        for (let count = 0; count < RELOADS; count++) await system.mustRun("reload");
      },
    });
    await subjectsDelivered(system, subjects);
    expect(subjects.length).toBeGreaterThanOrEqual(MESSAGES);
    expect(system.log().match(/: reload -- version /g)?.length).toBe(RELOADS);
    expect(system.masterPid()).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    expect(troublesOfMaster(system)).toEqual([]);
  }, 90_000);
});

async function started(master: string): Promise<MailSystem> {
  const system = new MailSystem({ master });
  await system.mustRun("start");
  return system;
}

type Load = Readonly<{ messagesPerSession: number; disturb: () => Promise<void> }>;

/**
 * Twenty clients, one session after another, until enough messages were accepted and the disturbance
 * is over. The first refused connection or command fails the test. Returns the subjects.
 */
async function sendLoad(
  system: MailSystem,
  { messagesPerSession, disturb }: Load,
): Promise<string[]> {
  const subjects: string[] = [];
  let disturbed = false;
  const disturbance = async () => {
    await disturb();
    disturbed = true;
  };
  const client = async () => {
    while (subjects.length < MESSAGES || !disturbed) {
      const first = subjects.length;
      const batch = Array.from(
        { length: messagesPerSession },
        (_, index) => `load ${first + index}`,
      );
      subjects.push(...batch);
      await using session = await SmtpSession.open(endpoint(system));
      for (const subject of batch) await session.send(message(subject));
      await session.quit();
    }
  };
  await Promise.all([disturbance(), ...Array.from({ length: SESSIONS }, client)]);
  return subjects;
}

async function submitWithSendmail(system: MailSystem, subject: string): Promise<void> {
  const { status, output } = await system.run(
    ["/usr/sbin/sendmail", "-f", `sender@${MAIL_DOMAIN}`, RECIPIENT],
    `Subject: ${subject}\n\nsubmitted locally\n`,
  );
  expect({ status, output }).toEqual({ status: 0, output: "" });
}

/** Every message exactly once, and no other. */
async function subjectsDelivered(system: MailSystem, expected: readonly string[]): Promise<void> {
  const delivered = () =>
    system.mailbox().map((text) => /^Subject: (.*)$/m.exec(text)?.[1] ?? "(no subject)");
  await waitFor(
    `${expected.length} delivered messages`,
    () => delivered().length >= expected.length,
    40_000,
  );
  expect(delivered().toSorted()).toEqual(expected.toSorted());
}

async function daemon(system: MailSystem, name: string): Promise<number> {
  const found = await waitFor(`a ${name}`, () =>
    system.daemons().find((facts) => facts.name === name),
  );
  return found.pid;
}

/** What anyone complained about; a sound system that is left alone says nothing of the kind. */
function troublesIn(system: MailSystem): string[] {
  return system
    .log()
    .split("\n")
    .filter((line) => /: (warning|error|fatal|panic): /.test(line));
}

/** During reloads the daemons tell of connections to each other that end, and try again. */
function troublesOfMaster(system: MailSystem): string[] {
  return troublesIn(system).filter((line) => line.includes(" postfix/master["));
}

function endpoint(system: MailSystem): { hostname: string; port: number } {
  return { hostname: "127.0.0.1", port: system.port };
}

function message(subject: string): Message {
  return { from: `sender@${MAIL_DOMAIN}`, to: RECIPIENT, subject, body: "Hello.\n.\nGood bye.\n" };
}
