/** Which listener of which service, and when two are the same. Links are not followed. */
import type { Endpoint, ServicePlan } from "../config/service-entry.ts";

const EMPTY_PART = /(^|\/)\.?(\/|$)/;

/** A listener of a service, by its place among that service's endpoints. */
export type ListenerPlace = Readonly<{ service: string; index: number; endpoint: Endpoint }>;

export function listenerPlaces(services: readonly ServicePlan[]): ListenerPlace[] {
  return services.flatMap(({ entry, endpoints }) =>
    endpoints.map((endpoint, index) => ({ service: entry.identity, index, endpoint })),
  );
}

/** The same for the same address with the same socket type. */
export function socketKey(endpoint: Endpoint): string {
  return endpoint.kind === "tcp"
    ? `tcp [${endpoint.address}]:${endpoint.port}`
    : `${endpoint.kind} ${socketPath(endpoint)}`;
}

/** The path without empty and `.` parts; null for an endpoint that is no file. */
export function socketPath(endpoint: Endpoint): string | null {
  if (endpoint.kind === "tcp") return null;
  if (!EMPTY_PART.test(endpoint.path)) return endpoint.path;
  const parts = endpoint.path.split("/").filter((part) => part !== "" && part !== ".");
  return `${endpoint.path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}
