import { describe, expect, test } from "bun:test";

import { defineService, placeInStack, placeOfDefinition } from "../../src/server/define-service.ts";
import { findProperty, lineAndColumn, offsetOf } from "../../src/server/property-place.ts";
import { findShapeFaults } from "../../src/server/service-shape.ts";

const session = async () => {};

describe("the shape of a service", () => {
  test("is either of the two forms, with everything that it may say", () => {
    const common = {
      parameters: {
        a: { type: "int", default: 1, min: 0, max: 9 },
        b: { type: "time", default: "1h" },
        c: { type: "bool", default: false },
        d: { type: "nint", default: "$a" },
      },
      requires: { processLimit: 1, privileges: true },
      blocking: true,
      beforeJail: session,
      onExit: undefined,
    };
    expect(findShapeFaults({ ...common, session })).toEqual([]);
    expect(findShapeFaults({ ...common, onData() {}, onConnect() {} })).toEqual([]);
  });

  test.each<[unknown, string, RegExp]>([
    [3, "", /^Cannot use 3 as a service: expected an object/],
    [null, "", /expected an object/],
    [[], "", /a list/],
    [{}, "", /expected "session" or "onData"/],
    [{ session, onData() {} }, "onData", /only one of the two forms/],
    [{ session: 1 }, "session", /Cannot use 1 as "session": expected a function/],
    [{ session, blocking: false }, "blocking", /expected true, or nothing/],
    [{ session, requires: { processLimit: 2 } }, "requires.processLimit", /expected 0 or 1/],
    [{ session, requires: 1 }, "requires", /expected an object/],
    [{ session, parameters: { a: 1 } }, "parameters.a", /expected an object/],
    [{ session, parameters: { "a-b": {} } }, "parameters.a-b", /letters, digits and _/],
    [{ session, parameters: { a: { default: 1 } } }, "parameters.a", /expected one of int, long/],
    [
      { session, parameters: { a: { type: "int" } } },
      "parameters.a",
      /no default: expected a whole/,
    ],
    [
      { session, parameters: { a: { type: "time", default: "60" } } },
      "parameters.a.default",
      /a time with its unit, such as "60s"/,
    ],
    [
      { session, parameters: { a: { type: "bool", default: true, min: 1 } } },
      "parameters.a.min",
      /Unknown property "min"/,
    ],
  ])("%j is not one", (definition, path, message) => {
    const [fault] = findShapeFaults(definition);
    expect(fault?.path.join(".")).toBe(path);
    expect(fault?.message).toMatch(message);
  });

  test("a misspelt name is told", () => {
    expect(findShapeFaults({ session, paramters: {} })[0]).toMatchObject({
      path: ["paramters"],
      suggestion: "parameters",
    });
  });
});

describe("the place of a mistake", () => {
  const text = `import { x } from "y";
// defineService({ session: 1 })
export default defineService<{ a: string }>({
  // parameters: {
  "parameters": {
    b: { default: "{ type:", type /* : */ : 1 },
    a: { type: \`{\${"}"}\`, default: [1, { default: 2 }] },
  },
  async session(client = { a: 1 }) { const parameters = { a: { max: 1 } }; },
  onExit() {},
});`;
  const call = offsetOf(text, 3, 16);

  test.each<[string, string | null]>([
    ["parameters", "5:3"],
    ["parameters.a", "7:5"],
    ["parameters.a.default", "7:27"],
    ["parameters.b.type", "6:30"],
    ["session", "9:3"],
    ["onExit", "10:3"],
    ["parameters.a.max", "7:5"], // as far as it is written
    ["onData", null],
    ["client", null],
  ])("%s is at %p", (path, expected) => {
    const offset = findProperty(text, call, path.split("."));
    const place = offset === null ? null : lineAndColumn(text, offset);
    expect(place === null ? null : `${place.line}:${place.column}`).toBe(expected);
  });

  test("is unknown when the definition is not written in the call", () => {
    expect(findProperty("defineService(made({ session: 1 }))", 0, ["session"])).toBeNull();
  });

  test("of the call is remembered", () => {
    const service = defineService({ session });
    expect(placeOfDefinition(service)).toMatchObject({ file: import.meta.path, column: 21 });
    expect(placeOfDefinition({ session })).toBeNull();
  });

  test("is found in a stack, past what is built in", () => {
    const stack =
      "Error: x\n    at f (/$bunfs/root/pfmaster:1:2)\n    at g (/etc/my services/a.ts:3:4)\n    at /b.ts:5:6";
    expect(placeInStack(stack)).toEqual({ file: "/etc/my services/a.ts", line: 3, column: 4 });
    expect(placeInStack("Error: x")).toBeNull();
  });
});
