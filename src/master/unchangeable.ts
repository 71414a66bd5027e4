/** What a reload cannot change in a master that runs (MST-48, MCF-85). */
import type { Settings } from "../config/settings.ts";

const WATCHED = [
  { name: "queue_directory", key: "queueDirectory" },
  { name: "data_directory", key: "dataDirectory" },
] as const;

/** Compared with the values of the start, so that it is said again at every reload. */
export function unchangeable(first: Settings, now: Settings): string[] {
  return WATCHED.filter(({ key }) => first[key] !== now[key]).flatMap(({ name, key }) => [
    `ignoring ${name} parameter value change`,
    `old value: "${first[key]}", new value: "${now[key]}"`,
    `to change ${name}, stop and start the mail system`,
  ]);
}

/** The settings to go on with. */
export function withUnchangeable(first: Settings, now: Settings): Settings {
  const { queueDirectory, dataDirectory } = first;
  return { ...now, queueDirectory, dataDirectory };
}
