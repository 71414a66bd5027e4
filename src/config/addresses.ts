/**
 * Services to sockets, in two steps around the name look-ups: which names have to be resolved, and which
 * endpoints every service gets (SVC-18 to SVC-24). Resolves and opens nothing.
 */
import {
  familyNames,
  hostAddresses,
  interfaceList,
  interfaceWords,
  type Network,
  wildcardAddresses,
} from "./interface-list.ts";
import { type InternetAddress, isLoopback, parseAddress } from "./internet-address.ts";
import { type Checked, errorAt, type Position, type Problem, warningAt } from "./problem.ts";
import type { Endpoint, ServiceEntry, ServicePlan } from "./service-entry.ts";
import type { Settings } from "./settings.ts";

/** Every name once. Nothing is looked up when no protocol is usable (SVC-61). */
export function hostNamesToResolve(
  entries: readonly ServiceEntry[],
  { families, inetInterfaces }: Settings,
): string[] {
  if (families.length === 0) return [];
  const hosts = entries.flatMap(({ request }) => (request.type === "host" ? [request.host] : []));
  const names = [...interfaceWords(inetInterfaces), ...hosts];
  return [...new Set(names.filter((name) => parseAddress(name) === null))];
}

/** A service with an error is left out. `interfaceAt` finds a word of inet_interfaces in main.cf. */
export function assignAddresses(
  entries: readonly ServiceEntry[],
  settings: Settings,
  lookups: ReadonlyMap<string, readonly string[]>,
  interfaceAddresses: readonly string[],
  interfaceAt: (word: string) => Position | null = () => null,
): Checked<readonly ServicePlan[]> {
  const { families, inetInterfaces } = settings;
  const network: Network = { families, lookups, interfaceAddresses };
  const problems: Problem[] = [];
  const plans: ServicePlan[] = [];

  const listed: Checked<readonly InternetAddress[]> =
    families.length === 0
      ? { value: [], problems: [] }
      : interfaceList(inetInterfaces, network, interfaceAt);
  problems.push(...listed.problems);
  const interfaces = inetInterfaces === "all" ? wildcardAddresses(network) : listed.value;
  const interfacesUsable = listed.problems.length === 0;

  for (const entry of entries) {
    if (entry.request.type === "path") {
      plans.push(planPath(entry, entry.request.path));
      continue;
    }
    if (families.length === 0 || entry.request.port === null) continue; // both reported by the parser
    const { request } = entry;
    if (request.type === "interfaces" && !interfacesUsable) continue;
    const addresses = request.type === "host" ? hostAddresses(request.host, network) : interfaces;
    if (addresses.length === 0) problems.push(noAddress(entry, network));
    else plans.push(planInet(entry, addresses, entry.request.port));
  }
  problems.push(...sharedEndpoints(plans));
  return { value: plans, problems };
}

/** One spelling for a socket: two endpoints with the same key cannot both be listened on by one owner. */
export function endpointKey(endpoint: Endpoint): string {
  return endpoint.kind === "tcp" ? `[${endpoint.address}]:${endpoint.port}` : endpoint.path;
}

function planPath(entry: ServiceEntry, path: string): ServicePlan {
  const kinds = { unix: "stream", pass: "stream", "unix-dgram": "datagram", fifo: "fifo" } as const;
  if (entry.transport === "inet") throw new Error(`inet service ${entry.identity} has a path`);
  return {
    entry,
    endpoints: [{ kind: kinds[entry.transport], path }],
    localOnly: entry.transport !== "pass", // who passes connections may have them from anywhere (SVC-24)
  };
}

function planInet(
  entry: ServiceEntry,
  addresses: readonly InternetAddress[],
  port: number,
): ServicePlan {
  return {
    entry,
    endpoints: addresses.map(({ text }) => ({ kind: "tcp", address: text, port })),
    localOnly: addresses.every(isLoopback),
  };
}

function noAddress({ request, nameAt }: ServiceEntry, { families }: Network): Problem {
  if (request.type !== "host") {
    return errorAt(
      nameAt,
      "This inet service has no address: expected a host in its name or a non-empty inet_interfaces",
    );
  }
  return errorAt(
    nameAt,
    `Cannot find an ${familyNames(families)} address of "${request.host}": expected a name that resolves or an address, of a family in inet_protocols`,
  );
}

/** Legal, but hardly meant: clients go to either service (TCP), or to the last one only (paths). */
function sharedEndpoints(plans: readonly ServicePlan[]): Problem[] {
  const owners = new Map<string, ServiceEntry>();
  const problems: Problem[] = [];
  for (const { entry, endpoints } of plans) {
    const taken = endpoints.find((endpoint) => owners.has(endpointKey(endpoint)));
    const owner = taken === undefined ? undefined : owners.get(endpointKey(taken));
    if (taken !== undefined && owner !== undefined) {
      problems.push(
        warningAt(
          entry.nameAt,
          `Service "${entry.externalName}" of type ${entry.transport} listens on ${endpointKey(taken)} as does "${owner.externalName}" of type ${owner.transport} on line ${owner.at.line}: clients cannot choose between them`,
        ),
      );
    }
    for (const endpoint of endpoints) owners.set(endpointKey(endpoint), entry);
  }
  return problems;
}
