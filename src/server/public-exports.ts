/** The public module as a value, for whoever provides it. What the declarations promise is what is there. */
import * as api from "./api.ts";
import type * as declared from "./public-module.ts";

export const publicExports: typeof declared = { ...api };
