/** The services that are built in. Naming one costs nothing; its code is loaded when it is to run. */
import type { Service } from "../server/service.ts";

const loaders: Readonly<Record<string, () => Promise<Service>>> = {
  anvil: async () => (await import("./anvil/anvil.ts")).createAnvil(),
  echo: async () => (await import("./echo.ts")).echo,
};

export const BUILT_IN_SERVICES: readonly string[] = Object.keys(loaders);

export function isBuiltInService(name: string): boolean {
  return Object.hasOwn(loaders, name);
}

export function loadBuiltInService(name: string): Promise<Service> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`no built-in service "${name}"`);
  return load();
}
