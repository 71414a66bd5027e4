import { describe, expect, test } from "bun:test";

import { scanRequest } from "../../../src/services/anvil/request.ts";

const scan = (text: string, from = 0) => scanRequest(text, from, "anvil socket");
const request = (name: string, ident: string, used: number) => ({
  type: "request" as const,
  name,
  ident,
  used,
  complaint: null,
});

describe("an anvil request (PRO-44)", () => {
  test("is a request and an ident, in this order", () => {
    const text = "request=connect\nident=smtp:192.0.2.7\n\n";
    expect(scan(text)).toEqual(request("connect", "smtp:192.0.2.7", text.length));
    expect(scan(`${text}${text}`, text.length)).toEqual(
      request("connect", "smtp:192.0.2.7", text.length),
    );
  });

  test.each([
    ["request=\nident=\n\n", "", ""],
    ["request=a=b\nident=c==\n\n", "a=b", "c=="],
    ["request=a\0b\nident=c\0d\n\n", "a", "c"],
    ["request\0x=a\nident\0=c\n\n", "a", "c"],
    ["request=a\r\nident=c\r\n\n", "a\r", "c\r"],
  ])("has values of any bytes: %j", (text, name, ident) => {
    expect(scan(text)).toEqual(request(name, ident, text.length));
  });

  test.each(["", "req", "request", "request=", "request=a", "request=a\nident=b", "request=a\nid"])(
    "is awaited while it is incomplete: %j",
    (text) => {
      const inValue = /=[^\n]*$/.test(text);
      expect(scan(text)).toEqual({ type: "incomplete", reading: inValue ? "value" : "name" });
    },
  );

  test.each([
    ["\n", "missing attribute request in input from anvil socket"],
    ["request=a\n\n", "missing attribute ident in input from anvil socket"],
    ["request\n", "missing value for string attribute request from anvil socket"],
    ["request=a\nident\n", "missing value for string attribute ident from anvil socket"],
    ["ident=a\n", "unexpected attribute ident from anvil socket (expecting: request)"],
    ["request=a\nb=", "unexpected attribute b from anvil socket (expecting: ident)"],
    ["=x\n", "unexpected attribute  from anvil socket (expecting: request)"],
  ])("is malformed otherwise: %j (PRO-30, PRO-31)", (text, complaint) => {
    expect(scan(text)).toEqual({ type: "malformed", complaint });
  });

  test("with more than that is complained about", () => {
    expect(scan("request=a\nident=b\nmore=c\n\n")).toEqual({
      ...request("a", "b", "request=a\nident=b\nmore=".length),
      complaint: "unexpected attribute more from anvil socket (expecting: (list terminator))",
    });
  });
});
