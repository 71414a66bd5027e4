/**
 * Every other parameter of Postfix 3.7 with its raw default, as `postconf -d` lists them. Nothing of
 * ours acts upon them: they let a reference be shown as postconf shows it, and keep a spelling that
 * Postfix knows from being called a mistake.
 */
import defaults from "./postfix-defaults.json" with { type: "json" };

export const OTHER_DEFAULTS: ReadonlyMap<string, string> = new Map(Object.entries(defaults));
