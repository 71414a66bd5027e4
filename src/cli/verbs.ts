/** The words that make this binary a command for people. Plain data: main.ts reads it in every role. */
export const VERBS = ["check", "config", "status", "demo", "new", "test", "dev"] as const;
export type Verb = (typeof VERBS)[number];

/** Accepted where a verb is. The original has no long options, so these cannot collide. */
export const ROOT_OPTIONS = ["--help", "--version"] as const;

export function isVerb(word: string | undefined): boolean {
  return [...VERBS, ...ROOT_OPTIONS].some((known) => known === word);
}
