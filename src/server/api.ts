/** The public module "pfmaster": what a service file, its test and the built-in services import. */
import { defineService } from "./define-service.ts";
import { BadRequest, ClientGone, ClientTimeout, RequestTooLarge } from "./errors.ts";
import { expect } from "./expect.ts";
import type * as declared from "./public-module.ts";
import type { ParameterSpecs, Service } from "./service.ts";

export type * from "./service.ts";
export type * from "./public-module.ts";

export { BadRequest, ClientGone, ClientTimeout, defineService, expect, RequestTooLarge };

/** Loaded when it is called: no child needs it. */
export async function testService<P extends ParameterSpecs>(
  definition: Service<P>,
  options?: declared.TestOptions,
): Promise<declared.TestedService> {
  const kit = await import("./test-kit.ts");
  return kit.testService(definition, options);
}

/** `pfmaster test` puts its own in this place. */
export function test(name: string, _run: () => void | Promise<void>): void {
  throw new Error(`Cannot run the test "${name}": expected to be called by pfmaster test`);
}
