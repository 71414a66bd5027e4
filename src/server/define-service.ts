/** Marks a definition as a service and remembers where it was made. Public (public-module.ts). */
import type { ParameterSpecs, Service } from "./service.ts";

/** `line` and `column` count from 1. */
export type Place = Readonly<{ file: string; line: number; column: number }>;

/** Only definitions that are still in use keep an entry. */
const places = new WeakMap<object, Place>();

export function defineService<P extends ParameterSpecs = Record<never, never>>(
  definition: Service<P>,
): Service<P> {
  const place = callSite();
  // From a service file anything may come, whatever its types say.
  const given: unknown = definition;
  if (place !== null && typeof given === "object" && given !== null) places.set(given, place);
  return definition;
}

export function placeOfDefinition(definition: unknown): Place | null {
  if (typeof definition !== "object" || definition === null) return null;
  return places.get(definition) ?? null;
}

/** The place of the first frame that has one. */
export function placeInStack(stack: string): Place | null {
  for (const line of stack.split("\n")) {
    const match = /^\s+at (?:.*\()?(\/[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null || match[1]?.startsWith("/$bunfs/")) continue;
    return { file: match[1] ?? "", line: Number(match[2]), column: Number(match[3]) };
  }
  return null;
}

function callSite(): Place | null {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, defineService);
  return placeInStack(holder.stack ?? "");
}
