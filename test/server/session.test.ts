import { describe, expect, test } from "bun:test";

import { BadRequest, ClientGone, ClientTimeout, RequestTooLarge } from "../../src/server/errors.ts";
import { ClientSession } from "../../src/server/session.ts";
import { TestClock } from "../../src/server/test-clock.ts";

const TIMEOUT_SECONDS = 10;
const LIMIT = 100;

function open({ takes = true } = {}) {
  const sent: string[] = [];
  const flow: string[] = [];
  const clock = new TestClock();
  const session = new ClientSession(
    {
      remote: null,
      write: (bytes) => (sent.push(Buffer.from(bytes).toString()), takes),
      pause: () => flow.push("pause"),
      resume: () => flow.push("resume"),
    },
    { timeoutSeconds: TIMEOUT_SECONDS, requestSizeLimit: LIMIT, clock },
  );
  const arrives = (text: string) => session.received(Buffer.from(text));
  return { session, sent, flow, clock, arrives };
}

describe("reading", () => {
  test("waits for the rest of a request, and keeps the next one", async () => {
    const { session, arrives } = open();
    const line = session.readLine();
    arrives("he");
    arrives("llo\r\n5:wor");
    expect(await line).toBe("hello");
    const netstring = session.readNetstring();
    arrives("ld,a=1\n\nab");
    expect(Buffer.from((await netstring) ?? []).toString()).toBe("world");
    expect(await session.readAttributes("plain")).toEqual(new Map([["a", "1"]]));
    expect(await session.readExactly(2)).toEqual(new Uint8Array(Buffer.from("ab")));
  });

  test("gives text as UTF-8, in lines and in attributes", async () => {
    const { session, arrives } = open();
    arrives("Grüße\nname=Ada Łovelace\n\n\xff");
    expect(await session.readLine()).toBe("Grüße");
    expect(await session.readPolicyRequest()).toEqual(new Map([["name", "Ada Łovelace"]]));
  });

  test("ends with null where a request could begin", async () => {
    const { session, arrives } = open();
    arrives("last\n");
    session.ended();
    expect(await session.readLine()).toBe("last");
    expect(await session.readLine()).toBeNull();
    expect(await session.readLine()).toBeNull();
  });

  test("a waiting read ends with null, too", async () => {
    const { session } = open();
    const line = session.readLine();
    session.ended();
    expect(await line).toBeNull();
  });

  test("fails when the connection ends within a request", async () => {
    const { session, arrives } = open();
    const line = session.readLine();
    arrives("hal");
    session.closed();
    await expect(line).rejects.toBeInstanceOf(ClientGone);
    await expect(session.readLine()).rejects.toBeInstanceOf(ClientGone); // nor is the half a request
  });

  test("fails when a request is too large, and takes no more of it", async () => {
    const { session, arrives, flow } = open();
    const line = session.readLine();
    arrives("x".repeat(LIMIT));
    await expect(line).rejects.toBeInstanceOf(RequestTooLarge);
    expect(flow).toEqual(["pause"]);
  });

  test("fails when a request is not in its form, and does not guess where the next begins", async () => {
    const { session, arrives } = open();
    arrives("hello\n");
    await expect(session.readNetstring()).rejects.toBeInstanceOf(BadRequest);
    await expect(session.readLine()).rejects.toBeInstanceOf(BadRequest);
  });

  test("each has ipc_timeout from its call to its end (MUL-77)", async () => {
    const { session, arrives, clock } = open();
    const first = session.readLine();
    await clock.advance(TIMEOUT_SECONDS - 1);
    arrives("one\n");
    expect(await first).toBe("one");
    await clock.advance(100); // a session that is not reading may think as long as it likes
    const second = session.readLine();
    await clock.advance(TIMEOUT_SECONDS - 1);
    arrives("t"); // does not give it more time
    await clock.advance(1);
    await expect(second).rejects.toBeInstanceOf(ClientTimeout);
    await expect(session.writeLine("x")).rejects.toBeInstanceOf(ClientTimeout);
  });

  test("is one at a time", async () => {
    const { session, arrives } = open();
    const first = session.readLine();
    await expect(session.readLine()).rejects.toThrow("await each read");
    arrives("one\n");
    expect(await first).toBe("one");
  });
});

describe("what a session does not read", () => {
  test("makes its client wait, and no more than a request's worth is kept", async () => {
    const { session, arrives, flow } = open();
    arrives("x".repeat(LIMIT - 1));
    expect(flow).toEqual([]);
    arrives("\n");
    expect(flow).toEqual(["pause"]);
    expect(await session.readLine()).toHaveLength(LIMIT - 1);
    expect(flow).toEqual(["pause"]);
    const next = session.readLine(); // what is there is used up: now it needs the client
    expect(flow).toEqual(["pause", "resume"]);
    arrives("next\n");
    expect(await next).toBe("next");
  });
});

describe("writing", () => {
  test("puts everything into its form", async () => {
    const { session, sent } = open();
    await session.writeLine("hello");
    await session.writeNetstring("Grüße");
    await session.writeAttributes("plain", Object.entries({ action: "dunno" }));
    await session.writeAttributes("null", new Map([["a", "1"]]));
    expect(sent).toEqual(["hello\n", "7:Grüße,", "action=dunno\n\n", "a\x001\0\0"]);
  });

  test("refuses text that its form cannot carry, and goes on", async () => {
    const { session, sent } = open();
    await expect(session.writeLine("a\nb")).rejects.toThrow("as one line");
    await expect(session.writeAttributes("plain", [["a", "\n"]])).rejects.toThrow("plain form");
    await session.writeLine("ok");
    expect(sent).toEqual(["ok\n"]);
  });

  test("resolves when the client has taken it", async () => {
    const { session } = open({ takes: false });
    let done = false;
    const writing = session.write("x").then(() => (done = true));
    await Bun.sleep(0);
    expect(done).toBe(false);
    session.drained();
    expect(await writing).toBe(true);
  });

  test("fails when the client does not take it in ipc_timeout, or goes", async () => {
    const slow = open({ takes: false });
    const late = slow.session.write("x");
    await slow.clock.advance(TIMEOUT_SECONDS);
    await expect(late).rejects.toBeInstanceOf(ClientTimeout);

    const gone = open({ takes: false });
    const lost = gone.session.write("x");
    gone.session.closed();
    await expect(lost).rejects.toBeInstanceOf(ClientGone);
  });
});
