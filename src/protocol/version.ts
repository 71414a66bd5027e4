/** pfmaster's own version, built in by build.ts. Run from source there is none to tell. */
declare const PFMASTER_VERSION: string | undefined;

export const version = typeof PFMASTER_VERSION === "string" ? PFMASTER_VERSION : "source";
