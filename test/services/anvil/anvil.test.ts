/** What anvil answers, remembers and logs, by the numbers of the specification. */
import { describe, expect, test } from "bun:test";

import { createAnvil } from "../../../src/services/anvil/anvil.ts";
import { PretendedAnvil } from "./pretended-anvil.ts";

const OK = "status=0";
const FAILED = "status=4294967295";

describe("anvil", () => {
  test("is solitary, and tells its clients to reconnect at a reload (PRO-38, PRO-77)", () => {
    expect(createAnvil()).toMatchObject({ requires: { processLimit: 1 }, clientsReconnect: true });
  });

  test("greets a client and says nothing else unasked (PRO-40, PRO-41)", () => {
    const anvil = new PretendedAnvil();
    const client = anvil.connect();
    anvil.advance(10_000);
    expect(client.writes).toEqual(["protocol=anvil_protocol\n\n"]);
  });

  test("does not greet in one-shot mode, and serves all the same (PRO-40)", () => {
    const client = new PretendedAnvil().connect({ greeted: false });
    expect(client.ask("connect", "a")).toBe(`${OK} count=1 rate=1`);
    expect(client.writes).toHaveLength(1);
  });

  test("refuses words on its command line before it serves anyone (PRO-43)", () => {
    expect(() => new PretendedAnvil({ words: ["x", "y"] })).toThrow(
      "unexpected command-line argument: x",
    );
  });

  test("has no use limit, and stays idle for a window at least (PRO-74)", () => {
    expect(new PretendedAnvil().limits).toEqual({ maxUse: 0, maxIdleSeconds: 100 });
    const parameters = { anvil_rate_time_unit: 300 };
    expect(new PretendedAnvil({ parameters }).limits.maxIdleSeconds).toBe(300);
    const limits = { maxUse: 5, maxIdleSeconds: 0 }; // never leaves when idle
    expect(new PretendedAnvil({ limits }).limits.maxIdleSeconds).toBe(0);
  });

  test("has the defaults and bounds of the original (PRO-73)", () => {
    expect(createAnvil().parameters).toMatchObject({
      anvil_rate_time_unit: { type: "time", default: "60s", min: 1 },
      anvil_status_update_time: { type: "time", default: "600s", min: 1 },
    });
  });
});

describe("a request", () => {
  test("is answered as in the example exchange (PRO-78)", () => {
    const client = new PretendedAnvil().connect();
    const ident = "ident=smtp:192.0.2.7\n\n";
    expect(client.send(`request=connect\n${ident}`)).toBe("status=0\ncount=1\nrate=1\n\n");
    expect(client.send(`request=message\n${ident}`)).toBe("status=0\nrate=1\n\n");
    expect(client.send(`request=disconnect\n${ident}`)).toBe("status=0\n\n");
  });

  test("counts on two connections as in the example (PRO-79)", () => {
    const anvil = new PretendedAnvil();
    const [a, b] = [anvil.connect(), anvil.connect()];
    expect(a.ask("connect", "x")).toBe(`${OK} count=1 rate=1`);
    expect(a.ask("connect", "x")).toBe(`${OK} count=1 rate=2`);
    expect(a.ask("connect", "y")).toBe(`${OK} count=1 rate=1`);
    expect(b.ask("connect", "y")).toBe(`${OK} count=2 rate=2`);
    expect(b.ask("lookup", "x")).toStartWith(`${OK} count=0 rate=2 `);
    expect(b.ask("disconnect", "y")).toBe(OK);
    expect(b.ask("lookup", "y")).toStartWith(`${OK} count=1 rate=2 `);
  });

  test.each([
    ["PRO-49", "message"],
    ["PRO-50", "recipient"],
    ["PRO-51", "newtls"],
    ["PRO-53", "auth"],
    ["PRO-54", "tlstr"],
  ])("%s: %s raises a rate of its own", (_number, request) => {
    const client = new PretendedAnvil().connect();
    client.ask("connect", "a");
    expect(client.ask(request, "a")).toBe(`${OK} rate=1`);
    expect(client.ask(request, "a")).toBe(`${OK} rate=2`);
    expect(client.ask("connect", "a")).toBe(`${OK} count=1 rate=2`);
  });

  test("newtls_status reports and changes nothing (PRO-52)", () => {
    const client = new PretendedAnvil().connect();
    expect(client.ask("newtls_status", "a")).toBe(`${OK} rate=0`);
    client.ask("newtls", "a");
    for (let count = 0; count < 3; count++) {
      expect(client.ask("newtls_status", "a")).toBe(`${OK} rate=1`);
    }
  });

  test("lookup reports everything, in the order of 3.7 (PRO-55, PRO-58)", () => {
    const client = new PretendedAnvil().connect();
    const zeros = `${OK} count=0 rate=0 mail=0 rcpt=0 newtls=0 auth=0`;
    expect(client.ask("lookup", "a")).toBe(zeros);
    client.ask("connect", "a");
    for (const [times, request] of ["message", "recipient", "newtls", "auth"].entries()) {
      for (let count = 0; count <= times; count++) client.ask(request, "a");
    }
    expect(client.ask("lookup", "a")).toBe(`${OK} count=1 rate=1 mail=1 rcpt=2 newtls=3 auth=4`);
    expect(client.ask("lookup", "b")).toBe(zeros);
  });

  test.each(["newtls_report", "CONNECT", "", "connect "])(
    "that nobody knows fails and keeps the connection: %p (PRO-56, PRO-57)",
    (name) => {
      const anvil = new PretendedAnvil();
      const client = anvil.connect();
      expect(client.ask(name, "a")).toBe(FAILED);
      expect(anvil.log).toEqual([`warning: unrecognized request: "${name}", ignored`]);
      expect(client.ask("connect", "a")).toBe(`${OK} count=1 rate=1`);
    },
  );

  test("may come in any pieces, and several at once are answered with one write", () => {
    const client = new PretendedAnvil().connect();
    for (const piece of "request=connect\nident=a\n") expect(client.send(piece)).toBe("");
    expect(client.send("\n")).toBe("status=0\ncount=1\nrate=1\n\n");
    const writes = client.writes.length;
    client.send("request=auth\nident=a\n\n".repeat(3));
    expect(client.writes.slice(writes)).toEqual([1, 2, 3].map(reply).join("").split("|"));
  });

  test("has an opaque ident, byte for byte (PRO-45)", () => {
    const client = new PretendedAnvil().connect();
    for (const ident of ["a=b", "\xff\xfe", "", "A", "a", " a"]) {
      expect(client.ask("connect", ident)).toBe(`${OK} count=1 rate=1`);
    }
  });

  test("that is malformed ends the connection, with a last word if it held an ident (PRO-44, PRO-71)", () => {
    const anvil = new PretendedAnvil();
    const [idle, holding] = [anvil.connect(), anvil.connect()];
    holding.ask("connect", "a");
    expect(idle.send("foo=bar\n\n")).toBe("");
    expect(holding.send("\n")).toBe("status=0\n\n");
    expect([idle.isDisconnected, holding.isDisconnected]).toEqual([true, true]);
    expect(anvil.connect().ask("lookup", "a")).toStartWith(`${OK} count=0 rate=1 `);
    expect(anvil.log).toEqual([
      "warning: unexpected attribute foo from anvil socket (expecting: request)",
      "warning: missing attribute request in input from anvil socket",
    ]);
  });

  test("with an extra attribute is answered, and the rest of what came is lost (PRO-44)", () => {
    const anvil = new PretendedAnvil();
    const client = anvil.connect();
    expect(client.send("request=connect\nident=a\nfoo=bar\n\n")).toBe(
      "status=0\ncount=1\nrate=1\n\n",
    );
    expect(anvil.log).toEqual([
      "warning: unexpected attribute foo from anvil socket (expecting: (list terminator))",
    ]);
    expect(client.ask("connect", "a")).toBe(`${OK} count=1 rate=2`);
  });

  test("that stops half-way is given up after ipc_timeout (PRO-31)", () => {
    const anvil = new PretendedAnvil({ parameters: { ipc_timeout: 5 } });
    const client = anvil.connect();
    client.send("request=connect\nident=");
    anvil.advance(4);
    expect(client.isDisconnected).toBe(false);
    anvil.advance(1);
    expect(client.isDisconnected).toBe(true);
    expect(anvil.log).toEqual([
      "warning: timeout on anvil socket while reading input attribute value",
    ]);
  });

  test("that ends with its connection is told, and done with (PRO-31)", () => {
    const anvil = new PretendedAnvil();
    const client = anvil.connect();
    const timers = anvil.timerCount;
    client.send("request=conn");
    client.disconnect();
    expect(anvil.log).toEqual([
      "warning: premature end-of-input on anvil socket while reading input attribute value",
    ]);
    expect(anvil.timerCount).toBe(timers);
  });

  test("without an end is bounded, unlike the original's (PRO-32)", () => {
    const anvil = new PretendedAnvil();
    const client = anvil.connect();
    for (let count = 0; count < 65; count++) client.send("x".repeat(1024));
    expect(client.isDisconnected).toBe(true);
    expect(anvil.log).toHaveLength(1);
  });
});

describe("the table", () => {
  test.each(["message", "recipient", "newtls", "auth", "tlstr"])(
    "is entered by %s of an unknown ident as if it had connected (PRO-62)",
    (request) => {
      const anvil = new PretendedAnvil();
      const client = anvil.connect();
      client.ask("connect", "before");
      expect(client.ask(request, "a")).toBe(`${OK} rate=1`);
      const other = anvil.connect();
      expect(other.ask("lookup", "a")).toStartWith(`${OK} count=1 rate=1 `);
      expect(other.ask("lookup", "before")).toStartWith(`${OK} count=0 rate=1 `);
    },
  );

  test("is not linked by a rate of a known ident (PRO-69)", () => {
    const anvil = new PretendedAnvil();
    const [a, b] = [anvil.connect(), anvil.connect()];
    a.ask("connect", "x");
    b.ask("message", "x");
    b.disconnect();
    expect(a.ask("lookup", "x")).toStartWith(`${OK} count=1 rate=1 mail=1 `);
  });

  test("counts only the ident that the connection holds at a disconnect (PRO-68)", () => {
    const anvil = new PretendedAnvil();
    const [a, b] = [anvil.connect(), anvil.connect()];
    a.ask("connect", "x");
    expect(b.ask("disconnect", "x")).toBe(OK);
    expect(a.ask("disconnect", "y")).toBe(OK);
    expect(b.ask("lookup", "x")).toStartWith(`${OK} count=1 `);
    a.ask("disconnect", "x");
    a.ask("disconnect", "x");
    expect(b.ask("lookup", "x")).toStartWith(`${OK} count=0 `);
  });

  test("lets go of what a connection held at its end (PRO-70)", () => {
    const anvil = new PretendedAnvil();
    const [a, b] = [anvil.connect(), anvil.connect()];
    a.ask("connect", "x");
    b.ask("connect", "x");
    a.disconnect();
    expect(b.ask("lookup", "x")).toStartWith(`${OK} count=1 rate=2 `);
  });

  test("has fixed windows, one for all rates, one second longer than the unit (PRO-65)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_rate_time_unit: 10 } });
    const client = anvil.connect();
    client.ask("connect", "a");
    client.ask("message", "a");
    anvil.advance(10);
    expect(client.ask("connect", "a")).toBe(`${OK} count=1 rate=2`);
    anvil.advance(1);
    expect(client.ask("auth", "a")).toBe(`${OK} rate=1`); // a new window begins for all
    expect(client.ask("lookup", "a")).toBe(`${OK} count=1 rate=0 mail=0 rcpt=0 newtls=0 auth=1`);
    anvil.advance(10);
    expect(client.ask("auth", "a")).toBe(`${OK} rate=2`);
  });

  test("reports a window that is over as empty, whatever is connected (PRO-66)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_rate_time_unit: 10 } });
    const client = anvil.connect();
    client.ask("connect", "a");
    client.ask("newtls", "a");
    anvil.advance(11);
    expect(client.ask("newtls_status", "a")).toBe(`${OK} rate=0`);
    expect(client.ask("lookup", "a")).toBe(`${OK} count=1 rate=0 mail=0 rcpt=0 newtls=0 auth=0`);
    expect(client.ask("newtls", "a")).toBe(`${OK} rate=1`); // the next window begins now
    anvil.advance(10);
    expect(client.ask("newtls", "a")).toBe(`${OK} rate=2`);
  });

  test("forgets an ident a time unit after nobody held it any more (PRO-67)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_rate_time_unit: 10 } });
    const [a, b] = [anvil.connect(), anvil.connect()];
    a.ask("connect", "x");
    anvil.advance(5);
    a.ask("disconnect", "x");
    anvil.advance(9);
    expect(b.ask("connect", "x")).toBe(`${OK} count=1 rate=1`); // known: its old window is over
    expect(b.ask("message", "x")).toBe(`${OK} rate=1`);
    b.disconnect();
    anvil.advance(9);
    expect(a.ask("lookup", "x")).toStartWith(`${OK} count=0 rate=1 mail=1 `);
    anvil.advance(1);
    expect(a.ask("lookup", "x")).toStartWith(`${OK} count=0 rate=0 mail=0 `);
  });

  test("keeps an ident that is held again before its time (PRO-63)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_rate_time_unit: 10 } });
    const client = anvil.connect();
    client.ask("connect", "x");
    client.ask("disconnect", "x");
    anvil.advance(9);
    client.ask("connect", "x");
    anvil.advance(100);
    expect(client.ask("lookup", "x")).toStartWith(`${OK} count=1 `);
  });

  test("needs no timer when nothing expires, and one for all that do", () => {
    const anvil = new PretendedAnvil();
    const timers = anvil.timerCount;
    const clients = Array.from({ length: 100 }, () => anvil.connect());
    for (const [index, client] of clients.entries()) client.ask("connect", `client ${index}`);
    expect(anvil.timerCount).toBe(timers);
    for (const client of clients) client.disconnect();
    expect(anvil.timerCount).toBe(timers + 1);
    anvil.advance(61);
    expect(anvil.timerCount).toBe(timers);
  });
});

describe("the peaks", () => {
  test("are told in the words of the original, and begin anew (PRO-75, PRO-76)", () => {
    const anvil = new PretendedAnvil();
    const client = anvil.connect();
    client.ask("connect", "a");
    anvil.advance(5);
    client.ask("connect", "a");
    for (const request of ["message", "recipient", "newtls", "auth", "tlstr"]) {
      client.ask(request, "a");
    }
    client.ask("message", "b"); // no more than before: the first stays
    anvil.exit();
    expect(anvil.log).toEqual([
      "statistics: max connection rate 2/60s for (a) at Nov  5 08:09:15",
      "statistics: max connection count 1 for (a) at Nov  5 08:09:10",
      "statistics: max message rate 1/60s for (a) at Nov  5 08:09:15",
      "statistics: max recipient rate 1/60s for (a) at Nov  5 08:09:15",
      "statistics: max newtls rate 1/60s for (a) at Nov  5 08:09:15",
      "statistics: max auth rate 1/60s for (a) at Nov  5 08:09:15",
      "statistics: max tlstrace rate 1/60s for (a) at Nov  5 08:09:15",
      "statistics: max cache size 2 at Nov  5 08:09:15",
    ]);
    anvil.log.length = 0;
    anvil.exit();
    expect(anvil.log).toEqual([]);
  });

  test("are told every anvil_status_update_time, if there are any (PRO-76)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_status_update_time: 30 } });
    const client = anvil.connect();
    anvil.advance(30);
    expect(anvil.log).toEqual([]);
    client.ask("connect", "a");
    anvil.advance(29);
    expect(anvil.log).toEqual([]);
    anvil.advance(1);
    expect(anvil.log).toHaveLength(3);
    anvil.advance(30);
    expect(anvil.log).toHaveLength(3);
  });

  test("count the idents that are there at once, not all that ever were (PRO-75)", () => {
    const anvil = new PretendedAnvil({ parameters: { anvil_rate_time_unit: 10 } });
    const client = anvil.connect();
    for (const ident of ["a", "b", "c"]) client.ask("connect", ident);
    anvil.exit();
    anvil.advance(11); // a and b are forgotten
    client.ask("connect", "d");
    anvil.log.length = 0;
    anvil.exit();
    expect(anvil.log.at(-1)).toBe("statistics: max cache size 2 at Nov  5 08:09:21");
  });

  test("name an ident of another language as it was sent", () => {
    const anvil = new PretendedAnvil();
    anvil.connect().ask("message", Buffer.from("smtp:müller").toString("latin1"));
    anvil.exit();
    expect(anvil.log[0]).toContain("for (smtp:müller) at");
  });
});

function reply(rate: number): string {
  return `status=0\nrate=${rate}\n\n`;
}
