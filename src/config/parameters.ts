/**
 * The one table of parameters: `check`, `config` and the documents are made from it. Its order is the
 * order of evaluation, which decides what a reference sees (MCF-49, MCF-62). Data only.
 */
import type { Parameter } from "./parameter.ts";
import { FIRST_PARAMETERS } from "./parameters-first.ts";
import { MASTER_PARAMETERS, OTHER_PARAMETERS } from "./parameters-master.ts";
import { NUMBER_PARAMETERS } from "./parameters-numbers.ts";
import { STRING_PARAMETERS } from "./parameters-strings.ts";

/** What the master evaluates; a bad value of any of them stops it. */
export const EVALUATED_PARAMETERS: readonly Parameter[] = [
  ...FIRST_PARAMETERS,
  ...STRING_PARAMETERS,
  ...NUMBER_PARAMETERS,
  ...MASTER_PARAMETERS,
];

export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(
  [...EVALUATED_PARAMETERS, ...OTHER_PARAMETERS].map((parameter) => [parameter.name, parameter]),
);
