/** Whether a value is a service: what TypeScript says in an editor, asked again at run time. Opens nothing. */
import { nearMiss } from "../config/near-miss.ts";

/** `path` leads to the property to blame; empty: the whole definition. */
export type ShapeFault = Readonly<{
  path: readonly string[];
  message: string;
  suggestion?: string;
}>;

type Check = (value: unknown) => string | null;

export function findShapeFaults(definition: unknown): ShapeFault[] {
  if (!isObject(definition)) {
    return [
      { path: [], message: `Cannot use ${show(definition)} as a service: expected an object` },
    ];
  }
  const given = Object.entries(definition).filter(([, value]) => value !== undefined);
  const faults = given.flatMap(([name, value]) => checkProperty(name, value, PROPERTIES, []));
  return [...faults, ...checkForm(new Set(given.map(([name]) => name)))];
}

const aFunction: Check = (value) => (typeof value === "function" ? null : "a function");
const onlyTrue: Check = (value) => (value === true ? null : "true, or nothing");
const aBound: Check = (value) => (Number.isSafeInteger(value) ? null : "a whole number");

const PROPERTIES: Readonly<
  Record<string, Check | ((value: unknown, path: string[]) => ShapeFault[])>
> = {
  parameters: checkParameters,
  requires: checkRequirements,
  blocking: onlyTrue,
  flowControl: onlyTrue,
  clientsReconnect: onlyTrue,
  mayOverlap: onlyTrue,
  beforeJail: aFunction,
  afterJail: aFunction,
  beforeWait: aFunction,
  beforeAccept: aFunction,
  onExit: aFunction,
  onConnect: aFunction,
  onData: aFunction,
  onDisconnect: aFunction,
  session: aFunction,
};

type Properties = typeof PROPERTIES;

function checkProperty(
  name: string,
  value: unknown,
  known: Properties,
  parent: readonly string[],
): ShapeFault[] {
  const path = [...parent, name];
  const check = Object.hasOwn(known, name) ? known[name] : undefined;
  if (check === undefined) {
    const names = Object.keys(known);
    const suggestion = nearMiss(name, names);
    const message = `Unknown property "${name}": expected one of ${names.join(", ")}`;
    return [{ path, message, ...(suggestion === null ? {} : { suggestion }) }];
  }
  const result = check(value, path);
  if (typeof result !== "string") return result ?? [];
  return [{ path, message: `Cannot use ${show(value)} as "${name}": expected ${result}` }];
}

/** Either form, and none of the other's functions. */
function checkForm(names: ReadonlySet<string>): ShapeFault[] {
  const [handler, session] = [names.has("onData"), names.has("session")];
  if (!handler && !session) {
    return [{ path: [], message: 'The service does nothing: expected "session" or "onData"' }];
  }
  const surplus = session
    ? ["onData", "onConnect", "onDisconnect"].filter((name) => names.has(name))
    : [];
  return surplus.map((name) => ({
    path: [name],
    message: `Cannot have "${name}" beside "session": expected only one of the two forms`,
  }));
}

const REQUIREMENTS: Properties = {
  processLimit: (value: unknown) => (value === 0 || value === 1 ? null : "0 or 1"),
  privileges: onlyTrue,
};

function checkRequirements(value: unknown, path: string[]): ShapeFault[] {
  return checkAll(value, path, REQUIREMENTS);
}

function checkAll(value: unknown, path: string[], known: Properties): ShapeFault[] {
  if (!isObject(value)) {
    return [{ path, message: `Cannot use ${show(value)} as "${path.at(-1)}": expected an object` }];
  }
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .flatMap(([name, inner]) => checkProperty(name, inner, known, path));
}

function checkParameters(value: unknown, path: string[]): ShapeFault[] {
  if (!isObject(value)) return checkAll(value, path, {});
  return Object.entries(value).flatMap(([name, spec]) => {
    const place = [...path, name];
    if (/^[A-Za-z0-9_]+$/.test(name)) return checkSpec(spec, place);
    const message = `Cannot use "${name}" as the name of a parameter: expected letters, digits and _`;
    return [{ path: place, message }];
  });
}

const aNumber: Check = (value) => (Number.isSafeInteger(value) ? null : "a whole number");
const aText: Check = (value) => (typeof value === "string" ? null : "text");
const aTime: Check = (value) =>
  typeof value === "string" && /^(?:[0-9]+[smhdw]|.*\$.*[smhdw].*)$/.test(value)
    ? null
    : 'a time with its unit, such as "60s"';
const aTruth: Check = (value) => (typeof value === "boolean" ? null : "true or false");

const DEFAULTS: Readonly<Record<string, Check>> = {
  int: aNumber,
  long: aNumber,
  string: aText,
  raw: aText,
  bool: aTruth,
  time: aTime,
  nint: aText,
  nbool: aText,
};

function checkSpec(spec: unknown, path: string[]): ShapeFault[] {
  if (!isObject(spec)) return checkAll(spec, path, {});
  const type = "type" in spec ? spec.type : undefined;
  const aDefault =
    typeof type === "string" && Object.hasOwn(DEFAULTS, type) ? DEFAULTS[type] : undefined;
  if (aDefault === undefined) {
    const types = Object.keys(DEFAULTS);
    const suggestion = typeof type === "string" ? nearMiss(type, types) : null;
    const message = `Cannot use ${show(type)} as the type of a parameter: expected one of ${types.join(", ")}`;
    const place = "type" in spec ? [...path, "type"] : path;
    return [{ path: place, message, ...(suggestion === null ? {} : { suggestion }) }];
  }
  const bounds: Properties =
    aDefault === aTruth || type === "nbool" ? {} : { min: aBound, max: aBound };
  const faults = checkAll(spec, path, { type: () => null, default: aDefault, ...bounds });
  if ("default" in spec) return faults;
  return [
    ...faults,
    { path, message: `A parameter has no default: expected ${aDefault(undefined)}` },
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? `"${value.slice(0, 60)}"` : String(value);
}
