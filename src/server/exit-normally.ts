/** The end that was meant to come (MUL-101). */
import type { Context, Service } from "./service.ts";

/** An exception of the service takes the way of all others: a record, and a status that shows it. */
export function exitNormally(service: Service, context: Context): void {
  try {
    service.onExit?.(context);
  } catch (error) {
    queueMicrotask(() => {
      throw error; // past whatever called us
    });
    return;
  }
  process.exit(0);
}
