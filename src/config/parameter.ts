/** What a row of the parameter table says, and the short forms in which the rows are written. */

/** "raw" is never expanded; "nint" and "nbool" have a default that may refer to others (MCF-53, MCF-56). */
export type ParameterType = "string" | "raw" | "int" | "long" | "nint" | "bool" | "nbool" | "time";

/** Who acts upon it; "generic": every daemon reads and checks it, none of ours acts upon it. */
export type Reader = "master" | "child" | "master and child" | "anvil" | "generic";

export type ReloadEffect =
  | "takes effect"
  | "takes effect for new listeners"
  | "takes effect for the next throttle"
  | "takes effect in children started later"
  | "warns, needs a restart"
  | "needs a restart"
  | "set by the program";

export type Parameter = Readonly<{
  name: string;
  type: ParameterType;
  /** Raw, as `postconf -d` prints it. Null when it depends on this host. */
  default: string | null;
  /** What a number counts; empty for text and yes/no. */
  unit: string;
  /** Of the number, or of the length of a string; 0 is no bound (MCF-51). */
  minimum: number;
  maximum: number;
  reader: Reader;
  reload: ReloadEffect;
  meaning: string;
  origin: "postfix" | "pfmaster";
}>;

type Extra = Partial<Omit<Parameter, "name" | "default" | "meaning">>;

const inEveryDaemon = {
  unit: "",
  minimum: 0,
  maximum: 0,
  reader: "generic",
  reload: "takes effect in children started later",
  origin: "postfix",
} as const;

/** A string that must not be empty. */
export function text(
  name: string,
  value: string | null,
  meaning: string,
  extra: Extra = {},
): Parameter {
  return { ...inEveryDaemon, name, type: "string", default: value, minimum: 1, meaning, ...extra };
}

/** A string that may be empty. */
export function optional(
  name: string,
  value: string | null,
  meaning: string,
  extra: Extra = {},
): Parameter {
  return text(name, value, meaning, { minimum: 0, ...extra });
}

export function number(name: string, value: number, meaning: string, extra: Extra = {}): Parameter {
  return {
    ...inEveryDaemon,
    name,
    type: "int",
    default: `${value}`,
    minimum: 1,
    meaning,
    ...extra,
  };
}

export function yesOrNo(
  name: string,
  value: "yes" | "no",
  meaning: string,
  extra: Extra = {},
): Parameter {
  return { ...inEveryDaemon, name, type: "bool", default: value, meaning, ...extra };
}

/** A yes or no whose default depends on other parameters. */
export function yesOrNoBy(name: string, value: string, meaning: string): Parameter {
  return { ...inEveryDaemon, name, type: "nbool", default: value, meaning };
}

export function time(name: string, value: string, meaning: string, extra: Extra = {}): Parameter {
  return {
    ...inEveryDaemon,
    name,
    type: "time",
    default: value,
    unit: "seconds",
    minimum: 1,
    meaning,
    ...extra,
  };
}
