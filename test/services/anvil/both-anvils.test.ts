/** One suite for two skeletons: Postfix's anvil and ours behave alike, seen from outside. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { cannotRun } from "../../e2e/prerequisites.ts";
import { neverHappens, waitFor } from "../../support/wait-for.ts";
import { AnvilProcess, missingForAnvils, SIDES } from "./anvil-process.ts";
import { AnvilSession } from "./anvil-session.ts";

const OK = "status=0\n\n";
const MASTER_WORDS = ["-l", "-n", "anvil", "-t", "unix", "-u"];

setDefaultTimeout(30_000);

for (const side of SIDES) {
  describe
    .skipIf(cannotRun(`anvil of ${side}`, missingForAnvils()))
    .concurrent(`anvil [${side}]`, () => {
      test("greets and answers the example exchange (PRO-40, PRO-78)", async () => {
        await using anvil = new AnvilProcess(side);
        using session = await AnvilSession.open(anvil.path);
        expect(await session.ask("connect", "smtp:192.0.2.7")).toBe(
          "status=0\ncount=1\nrate=1\n\n",
        );
        expect(await session.ask("message", "smtp:192.0.2.7")).toBe("status=0\nrate=1\n\n");
        expect(await session.ask("disconnect", "smtp:192.0.2.7")).toBe(OK);
        expect(anvil.logTexts()).toEqual([]);
      });

      test.each([
        ["foo=bar\n\n", "unexpected attribute foo from anvil socket (expecting: request)"],
        ["\n", "missing attribute request in input from anvil socket"],
        ["request=a\n\n", "missing attribute ident in input from anvil socket"],
        ["request\n", "missing value for string attribute request from anvil socket"],
      ])("disconnects after the malformed %j, and says why (PRO-44, PRO-71)", async (text, why) => {
        await using anvil = new AnvilProcess(side);
        using idle = await AnvilSession.open(anvil.path);
        idle.send(text);
        expect(await idle.rest()).toBe("");
        using holding = await AnvilSession.open(anvil.path);
        await holding.ask("connect", "a");
        holding.send(text);
        expect(await holding.rest()).toBe(OK);
        expect(anvil.logTexts()).toEqual([`warning: ${why}`, `warning: ${why}`]);
      });

      test("gives back what a client held that half-closes, and tells it (PRO-70, PRO-71)", async () => {
        await using anvil = new AnvilProcess(side);
        using leaving = await AnvilSession.open(anvil.path);
        await leaving.ask("connect", "a");
        expect(await leaving.leave()).toBe(OK);
        using other = await AnvilSession.open(anvil.path);
        expect(await other.ask("connect", "a")).toBe("status=0\ncount=1\nrate=2\n\n");
      });

      test("warns of a client that leaves in the middle of a request (PRO-31)", async () => {
        await using anvil = new AnvilProcess(side);
        using session = await AnvilSession.open(anvil.path);
        session.send("request=conn");
        await session.leave();
        await anvil.waitForLog(
          /^warning: premature end-of-input on anvil socket while reading input attribute value$/,
        );
      });

      test("gives up on half a request after ipc_timeout (PRO-31)", async () => {
        await using anvil = new AnvilProcess(side, { settings: { ipc_timeout: "1s" } });
        using session = await AnvilSession.open(anvil.path);
        session.send("request=connect\niden");
        await session.rest();
        await anvil.waitForLog(
          /^warning: timeout on anvil socket while reading input attribute name$/,
        );
      });

      test("answers an unknown request with a failure, and goes on (PRO-56, PRO-57)", async () => {
        await using anvil = new AnvilProcess(side);
        using session = await AnvilSession.open(anvil.path);
        expect(await session.ask("newtls_report", "a")).toBe("status=4294967295\n\n");
        expect(await session.ask("message", "a")).toBe("status=0\nrate=1\n\n");
        await anvil.waitForLog(/^warning: unrecognized request: "newtls_report", ignored$/);
      });

      test("logs its peaks regularly, in the same words (PRO-75, PRO-76)", async () => {
        const settings = { anvil_status_update_time: "1s" };
        await using anvil = new AnvilProcess(side, { settings });
        using session = await AnvilSession.open(anvil.path);
        for (const request of ["connect", "connect", "message", "recipient", "newtls", "auth"]) {
          await session.ask(request, "smtp:192.0.2.7");
        }
        await anvil.waitForLog(/max cache size/);
        expect(anvil.logTexts().map(withoutTime)).toEqual([
          "statistics: max connection rate 2/60s for (smtp:192.0.2.7) at (now)",
          "statistics: max connection count 1 for (smtp:192.0.2.7) at (now)",
          "statistics: max message rate 1/60s for (smtp:192.0.2.7) at (now)",
          "statistics: max recipient rate 1/60s for (smtp:192.0.2.7) at (now)",
          "statistics: max newtls rate 1/60s for (smtp:192.0.2.7) at (now)",
          "statistics: max auth rate 1/60s for (smtp:192.0.2.7) at (now)",
          "statistics: max cache size 1 at (now)",
        ]);
      });

      test("leaves with status 0 and its peaks when descriptor 5 ends (PRO-76, PRO-77, MUL-100)", async () => {
        await using anvil = new AnvilProcess(side);
        using session = await AnvilSession.open(anvil.path);
        await session.ask("connect", "a");
        anvil.endGeneration();
        await session.rest(); // clients connect again, to the next one
        expect((await anvil.exit()).exitCode).toBe(0);
        expect(anvil.logTexts().map(withoutTime)).toEqual([
          "statistics: max connection rate 1/60s for (a) at (now)",
          "statistics: max connection count 1 for (a) at (now)",
          "statistics: max cache size 1 at (now)",
        ]);
      });

      test("leaves when idle, but not within a time unit (PRO-74, -i)", async () => {
        await using brief = new AnvilProcess(side, {
          settings: { anvil_rate_time_unit: "1s" },
          extraWords: ["-i", "1"],
        });
        expect((await brief.exit()).exitCode).toBe(0);
        await using patient = new AnvilProcess(side, { extraWords: ["-i", "1"] });
        await neverHappens("the end of anvil", () => patient.hasExited, 2500);
      });

      test("serves any number of clients, whatever max_use says (PRO-74, -m)", async () => {
        await using anvil = new AnvilProcess(side, { extraWords: ["-m", "1"] });
        for (let count = 1; count <= 5; count++) {
          using session = await AnvilSession.open(anvil.path);
          expect(await session.ask("connect", "a")).toBe(`status=0\ncount=1\nrate=${count}\n\n`);
          await session.leave();
        }
        expect(anvil.hasExited).toBe(false);
      });

      test("takes parameters from its command line before main.cf (-o)", async () => {
        await using anvil = new AnvilProcess(side, {
          settings: { anvil_status_update_time: "1h", anvil_rate_time_unit: "1h" },
          extraWords: ["-o", "anvil_status_update_time=1s", "-o", "anvil_rate_time_unit=2m"],
        });
        using session = await AnvilSession.open(anvil.path);
        await session.ask("message", "a");
        await anvil.waitForLog(/^statistics: max message rate 1\/120s for \(a\) at /);
      });

      test("serves standard input in one-shot mode, without a greeting (PRO-40, -S)", async () => {
        await using anvil = new AnvilProcess(side, {
          words: ["-S"],
          input: "request=connect\nident=a\n\n",
        });
        expect(await anvil.exit()).toEqual({
          exitCode: 0,
          output: "status=0\ncount=1\nrate=1\n\n",
        });
      });

      test.each([
        ["without -l", MASTER_WORDS.filter((word) => word !== "-l"), /^fatal: .*anvil/],
        ["with an unknown option", [...MASTER_WORDS, "-X"], /^fatal: /],
        ["without a transport", ["-l", "-u"], /^fatal: .*transport/],
        ["with a transport nobody knows", ["-l", "-t", "tcp"], /^fatal: .*transport/],
        ["with a socket count of 0", [...MASTER_WORDS, "-s", "0"], /^fatal: .*socket/],
      ])("refuses to start %s (MUL-01 to MUL-18)", async (_title, words, why) => {
        await using anvil = new AnvilProcess(side, { words });
        expect((await anvil.exit()).exitCode).toBe(1);
        await anvil.waitForLog(why);
      });

      test("refuses bad values of its parameters (PRO-73)", async () => {
        for (const bad of ["0", "-1", "x", "1y"]) {
          await using anvil = new AnvilProcess(side, { settings: { anvil_rate_time_unit: bad } });
          expect((await anvil.exit()).exitCode).toBe(1);
          await anvil.waitForLog(/^(fatal|error): .*anvil_rate_time_unit/);
        }
      });

      test("refuses a word on its command line, with status 1 (PRO-43)", async () => {
        await using anvil = new AnvilProcess(side, { words: [...MASTER_WORDS, "word"] });
        if (side === "postfix") {
          using session = await AnvilSession.open(anvil.path); // the original waits for a request
          session.send("request=connect\nident=a\n\n");
          await session.rest();
        }
        expect((await anvil.exit()).exitCode).toBe(1);
        await anvil.waitForLog(/^fatal: .*unexpected command-line argument: word/);
      });

      test("tells its master that it works, before and after (MUL-87, PRO-08)", async () => {
        await using anvil = new AnvilProcess(side);
        using session = await AnvilSession.open(anvil.path);
        await session.ask("connect", "a");
        await waitFor("two records", () => anvil.statuses().length >= 2);
        expect(anvil.statuses()).toEqual([0, 1]);
        for (let count = 0; count < 10; count++) await session.ask("message", "a");
        const more = side === "postfix" ? 22 : 2; // ours: nothing follows from more (solitary)
        await waitFor(`${more} records`, () => anvil.statuses().length >= more);
        expect(anvil.statuses()).toHaveLength(more);
      });
    });
}

function withoutTime(text: string): string {
  return text.replace(/ at [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$/, " at (now)");
}
