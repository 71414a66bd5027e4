import { describe, expect, test } from "bun:test";

import { expand } from "../../src/config/expand.ts";

const values: Readonly<Record<string, string>> = {
  name: "value",
  empty: "",
  _1: "one",
  nothing: "$empty",
  nested: "<$name>",
  dollar: "$$name",
  left: "(",
  digits: "007",
  self: "a $self",
  there: "$back",
  back: "x ${there}",
  related: "${{$related} == {x}}",
  broken: "ab$(",
};

function lookup(name: string): string | null {
  return values[name] ?? null;
}

function expanded(text: string): string {
  const expansion = expand(text, lookup);
  if (!expansion.ok) throw new Error(`${expansion.fault.offset}: ${expansion.fault.message}`);
  return expansion.text;
}

function fault(text: string) {
  const expansion = expand(text, lookup);
  if (expansion.ok) throw new Error(`"${text}" gave "${expansion.text}"`);
  return expansion.fault;
}

describe("expansion gives", () => {
  test.each([
    ["text without a reference", "a b", "a b"],
    ["a dollar sign for two (MCF-31)", "$$ $$name $$$name", "$ $name $value"],
    ["a bare name as far as it goes (MCF-31)", "$name-$name.x$_1", "value-value.xone"],
    ["a name in either bracket (MCF-35)", "${name}$(name)", "valuevalue"],
    ["the other bracket as text (MCF-31)", "${empty:(}|$(empty:})", "(|}"],
    ["nothing for an unknown name (MCF-35)", "<$unknown${unknown}>", "<>"],
    ["a name with blanks around it (MCF-35, new in 3.0)", "${ name\t}$( name )", "valuevalue"],
    ["no meaning to VT beside a name", "${ }${?x}", ""],
    ["a value that is expanded itself (MCF-35)", "$nested", "<value>"],
    ["text that is not read again (MCF-48)", "$dollar", "$name"],
    ["? when the value is not empty (MCF-36)", "[${name?yes}${empty?no}${unknown?no}]", "[yes]"],
    [": when it is empty or unknown (MCF-36)", "[${name:no}${empty:a}${unknown:b}]", "[ab]"],
    ["the text of ? and : as it is (MCF-36)", "[${name? a $name }]", "[ a value ]"],
    ["? by the raw value (MCF-37)", "${nothing?set}", "set"],
    ["braces without the blanks around them (MCF-38)", "[${name? { a } }]", "[ a ]"],
    ["one of two (MCF-38)", "${name?{a}:{b}}${empty?{a}:{b}}", "ab"],
    ["the second of two to the end (MCF-38)", "[${empty?{a}: b }]", "[ b ]"],
    ["nothing for an empty second (MCF-38)", "[${empty?{a}:}]", "[]"],
    ["no choice without braces (MCF-39)", "${name?x:y}", "x:y"],
    ["the branch that is not taken unread (MCF-40)", "${name?{a}:{${}}}", "a"],
    ["true for a relation that holds (MCF-41)", "[${{a}=={a}}${{a}=={b}}]", "[true]"],
    ["a choice by a relation (MCF-41)", "${{1}=={1}?{a}:{b}}${{1}=={2}?{a}:{b}}", "ab"],
    ["an unbraced choice by a relation (MCF-41)", "${{1}=={1}?a:b}", "a:b"],
    ["a relation with blanks (MCF-41)", "${ {a} == {a} ? {x} : {y} }", "x"],
    ["a relation in parentheses", "$({1}=={1}?x)", "x"],
    ["blanks inside operands their weight (MCF-41)", "${{a }=={a}?{same}:{other}}", "other"],
    [
      "numbers compared as numbers (MCF-42)",
      "${{001}=={1}}${{10}>{9}}${{$digits}=={7}}",
      "truetruetrue",
    ],
    [
      "other text compared by bytes (MCF-42)",
      "${{10a}<{9a}}${{\xe9}>{z}}${{-1}<{1}}${{}=={}}",
      "truetruetruetrue",
    ],
    [
      "levels compared part by part (MCF-44, new in 3.6)",
      "${{3.10}>level{3.9}}${{3}==level{3.0.0}}",
      "truetrue",
    ],
  ])("%s", (_, text, result) => {
    expect(expanded(text)).toBe(result);
  });

  test.each([
    ["==", [false, true, false]],
    ["!=", [true, false, true]],
    ["<", [true, false, false]],
    ["<=", [true, true, false]],
    [">=", [false, true, true]],
    [">", [false, false, true]],
  ])("%s for less, equal and greater (MCF-43)", (operator, holds) => {
    const numbers = ["1", "2", "3"].map((left) => expanded(`\${{${left}}${operator}{2}}`));
    const words = ["a", "b", "c"].map((left) => expanded(`\${{${left}}${operator}{b}}`));
    const levels = ["1.9", "1.10", "2"].map((left) =>
      expanded(`\${{${left}} ${operator}level {1.10}}`),
    );
    const expected = holds.map((hold) => (hold ? "true" : ""));
    expect([numbers, words, levels]).toEqual([expected, expected, expected]);
  });
});

describe("expansion refuses, and points at", () => {
  test.each([
    ["a bracket without its end (MCF-32)", "ab${name", null, 2, 'expected a closing "}"'],
    ["the other end", "$(name}", null, 0, 'expected a closing ")"'],
    ["nothing between brackets (MCF-32)", "a${}", null, 1, "expected a name between the brackets"],
    ["nothing after the dollar sign (MCF-32)", "a$", null, 1, 'expected a name after "$"'],
    ["a blank after the dollar sign (MCF-32)", "a$ b", null, 1, 'expected a name after "$"'],
    ["text after braces (MCF-40)", "${name?{a}b}", null, 10, 'expected ":" or the end'],
    [
      "it for the branch not taken, too (MCF-40)",
      "${empty?{a}b}",
      null,
      11,
      'expected ":" or the end',
    ],
    ["text after the last braces (MCF-40)", "${name:{a} b}", null, 11, "expected nothing after"],
    ["text after both braces (MCF-40)", "${name?{a}:{b}c}", null, 14, "expected nothing after"],
    ["braces that do not balance (MCF-40)", "$(name?{a)", null, 7, 'expected a "}" for this "{"'],
    ["an unknown operator (MCF-43)", "${{1}=>{1}}", null, 5, "expected one of"],
    ["no operator (MCF-43)", "${{1}}", null, 5, "expected one of"],
    ["no second operand (MCF-43)", "${{1}== 1}", null, 8, 'expected "{" and an operand'],
    ["text after a relation (MCF-43)", "${{1}=={1}x}", null, 10, 'expected "?", ":" or the end'],
    ["an unknown suffix (MCF-44)", "${{1}==levels{1}}", null, 7, 'expected "level" or nothing'],
    [
      "a level that is none (MCF-44)",
      "${{1}==level{x}}",
      null,
      13,
      "expected a compatibility level",
    ],
    ["a function (MCF-45, left out)", "${name{x}}", null, 6, "expected letters, digits"],
    ["a character that is in no name (MCF-46)", "${na-me}", null, 4, "expected letters, digits"],
    [
      "a number that is too long (MCF-42)",
      "${{9223372036854775808}=={1}}",
      null,
      3,
      "expected a number up to",
    ],
    ["a VT, which is no blank here", "${name\v}", null, 6, "expected letters, digits"],
    ["a mistake in the value of another", "x $broken", "broken", 2, 'expected a closing ")"'],
    ["a mistake inside of an operand", "${name?{x$}}", null, 9, 'expected a name after "$"'],
    ["itself (MCF-47)", "$self", "self", 2, "leads back to itself (self -> self)"],
    ["each other (MCF-47)", "$there", "back", 2, "leads back to itself (there -> back -> there)"],
    ["itself inside of an operand (MCF-47)", "$related", "related", 3, "leads back to itself"],
  ])("%s", (_, text, parameter, offset, expected) => {
    const found = fault(text);
    expect({ parameter: found.parameter, offset: found.offset }).toEqual({ parameter, offset });
    expect(found.message).toContain(expected);
    expect(found.message).toStartWith("Cannot expand ");
  });
});

describe("nesting (MCF-47)", () => {
  const chain = (name: string): string | null => {
    const number = Number(name.slice(1));
    return number === 101 ? "end" : `$n${number + 1}`;
  };

  test("goes 100 references deep", () => {
    expect(expand("$n2", chain)).toEqual({ ok: true, text: "end" });
  });

  test("stops at the next", () => {
    expect(expand("$n1", chain)).toMatchObject({
      ok: false,
      fault: { parameter: "n101", offset: 0 },
    });
  });

  test("counts a known name by how deep it goes", () => {
    expect(expand("$n50$n2", chain)).toEqual({ ok: true, text: "endend" });
    expect(expand("$n50$n1", chain)).toMatchObject({ ok: false });
  });

  test("counts from zero again in an operand, but only twenty times", () => {
    const operands = (times: number): string =>
      times === 0 ? "x" : `\${{${operands(times - 1)}} != {y} ?{x}}`;
    expect(expand(operands(20), () => null)).toEqual({ ok: true, text: "x" });
    expect(expand(operands(21), () => null)).toMatchObject({ ok: false });
  });

  test("has room on the stack for all of it", () => {
    const deep = (name: string): string | null => {
      const number = Number(name.slice(1));
      if (number > 1_900) return "end";
      return number % 98 === 97 ? `\${{$n${number + 1}} != {} ?{x}}` : `$n${number + 1}`;
    };
    expect(expand("$n0", deep)).toMatchObject({ ok: true });
  });
});

test("gives up on a result that no value is meant to be", () => {
  const double = (name: string): string | null => {
    const number = Number(name.slice(1));
    return number === 90 ? "x" : `$n${number + 1}$n${number + 1}`;
  };
  expect(expand("$n0", double)).toMatchObject({
    ok: false,
    fault: { message: expect.stringContaining("expected a result of at most 33554432 bytes") },
  });
});

test("gives up on comparisons without end", () => {
  const long = "y".repeat(10_000_000);
  const text = "${{$long} == {$long}}".repeat(100);
  expect(expand(text, (name) => (name === "long" ? long : null))).toMatchObject({
    ok: false,
    fault: { message: expect.stringContaining("expected a value that needs less work") },
  });
});
