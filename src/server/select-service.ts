/** Which service this process is, by its command line (design.md, chapter 1). */
import { ChildFailure } from "./child-failure.ts";
import type { ServerOptions } from "./options.ts";

/** `words` is what the service sees of the command line. */
export type Selection = Readonly<{ name: string; words: readonly string[] }>;

/** By the name of the command, else its first word, else `-n`. */
export function selectService(
  processName: string,
  { serviceName, words }: ServerOptions,
  exists: (name: string) => boolean,
): Selection {
  const [first, ...rest] = words;
  if (exists(processName)) return { name: processName, words };
  if (first !== undefined && exists(first)) return { name: first, words: rest };
  if (serviceName !== null && exists(serviceName)) return { name: serviceName, words };
  const wanted = first ?? serviceName ?? processName;
  throw new ChildFailure(
    `Cannot find the service "${wanted}": expected a built-in one, or a file of that name in service_directory`,
  );
}
