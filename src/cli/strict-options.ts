/** Refuses what citty would accept in silence: unknown options, missing values, surplus words. */
import type { ArgDef, ArgsDef } from "citty";

import { nearMiss } from "../config/near-miss.ts";

type Option = Readonly<{ name: string; takesValue: boolean }>;

/** Returns what is wrong as text, or null. */
export function findOptionFault(definitions: ArgsDef, words: readonly string[]): string | null {
  const { options, acceptsWords } = describe(definitions);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return acceptsWords ? null : surplus(words.slice(at + 1));
    if (!word.startsWith("-") || word === "-") {
      if (!acceptsWords) return surplus([word]);
      continue;
    }
    const read = word.startsWith("--") ? readLong(options, word) : readShort(options, word);
    if (typeof read === "string") return read;
    if (read.wantsNextWord && ++at >= words.length) return `option "${word}" needs a value`;
  }
  return null;
}

type Read = Readonly<{ wantsNextWord: boolean }>;

function readLong(options: ReadonlyMap<string, Option>, word: string): Read | string {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = options.get(name);
  if (option === undefined) return unknown(name, options);
  if (equals >= 0 && !option.takesValue) return `option "${name}" takes no value`;
  return { wantsNextWord: option.takesValue && equals < 0 };
}

/** `-nx` are two options; `-cDIR` is one with its value. */
function readShort(options: ReadonlyMap<string, Option>, word: string): Read | string {
  for (let at = 1; at < word.length; at++) {
    const letter = `-${word.charAt(at)}`;
    const option = options.get(letter);
    if (option === undefined) return `unknown option "${letter}"`; // every letter is one edit away
    if (option.takesValue) return { wantsNextWord: at === word.length - 1 };
  }
  return { wantsNextWord: false };
}

function unknown(option: string, options: ReadonlyMap<string, Option>): string {
  const suggestion = nearMiss(option, [...options.keys()]);
  const hint = suggestion === null ? "" : `: did you mean "${suggestion}"?`;
  return `unknown option "${option}"${hint}`;
}

function surplus(words: readonly string[]): string | null {
  return words.length === 0 ? null : `unexpected word "${words[0]}": expected only options`;
}

function describe(definitions: ArgsDef): {
  options: ReadonlyMap<string, Option>;
  acceptsWords: boolean;
} {
  const options = new Map<string, Option>();
  let acceptsWords = false;
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type === "positional") {
      acceptsWords = true;
      continue;
    }
    const option = { name, takesValue: definition.type === "string" || definition.type === "enum" };
    for (const spelling of [name, ...aliases(definition)]) {
      options.set(`${spelling.length === 1 ? "-" : "--"}${spelling}`, option);
    }
  }
  return { options, acceptsWords };
}

function aliases(definition: ArgDef): readonly string[] {
  const alias = "alias" in definition ? definition.alias : undefined;
  if (alias === undefined) return [];
  return typeof alias === "string" ? [alias] : alias;
}
