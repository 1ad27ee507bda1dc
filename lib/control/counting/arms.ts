/**
 * Which arm of a route a row of counters belongs to. In: the route's two backends as its driver names them, and what is
 * known of where their telemetry stands; out: `stable`, `canary`, `other` (the same service by another way: it passes the
 * split by, and counts as requests that the canary did not get), or nothing.
 *
 * Istio: host and subset, the subset by the versions of its pods, or its own name. Gateway API and SMI: the backend's
 * Service, as a service, a workload or the host that the proxy chose. Consul: service and subset. App Mesh: virtual node.
 * A third backend of the rule is `other` only where it is of the same service.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { RouteRef } from "../rollout/definition.ts";
import type { TargetRef } from "../traffic/contract.ts";

export type Arm = "stable" | "canary" | "other";

/** How names of the control plane are told by the telemetry: cluster and namespace of the graph; null for any. */
export interface Places {
  readonly clusters: ReadonlySet<string> | null;
  readonly namespaces: ReadonlySet<string> | null;
}

interface Backend {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly versions: ReadonlySet<string> | null;
}

export interface ArmPatterns {
  readonly places: Places;
  readonly stable: Backend;
  readonly canary: Backend;
}

/** Versions of each backend's pods, by backend id, where the control plane tells them. */
export type KnownVersions = ReadonlyMap<string, readonly string[]>;

const PORT = /:\d+$/;

/** `host[.namespace…][:port][/subset]`, `[namespace/]name[:port]` of the Gateway API, `node_namespace[:port]`. */
function backendOf({ driver, namespace }: TargetRef, id: string): Backend & { readonly subset: string | undefined } {
  const [head = "", tail] = id.split("/");
  switch (driver) {
    case "istio": {
      const [name = "", inside] = head.replace(PORT, "").split(".");
      return { name, namespace: inside ?? namespace, versions: null, subset: tail };
    }
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute": {
      const name = (tail ?? head).replace(PORT, "");
      return { name, namespace: tail === undefined ? namespace : head, versions: null, subset: undefined };
    }
    case "trafficSplit":
      return { name: head, namespace, versions: null, subset: undefined };
    case "consul":
    case "consulCrd":
      return { name: head, namespace, versions: null, subset: tail };
    case "appMesh": {
      const node = head.replace(PORT, "");
      const at = node.lastIndexOf("_");
      const [name, inside] = at < 1 ? [node, undefined] : [node.slice(0, at), node.slice(at + 1)];
      return { name, namespace: inside, versions: null, subset: undefined };
    }
    case "appMeshCrd":
      return { name: head.replace(PORT, ""), namespace, versions: null, subset: undefined };
  }
}

/** `known`: versions that both arms have tell nothing apart and are left out. */
export function armPatterns(route: RouteRef, places: Places, known: KnownVersions = new Map()): ArmPatterns {
  const made = (id: string, otherId: string): Backend => {
    const { name, namespace, subset } = backendOf(route.target, id);
    if (subset === undefined) return { name, namespace, versions: null };
    const shared = new Set(known.get(otherId) ?? []);
    const versions = (known.get(id) ?? []).filter((version) => version !== "" && !shared.has(version));
    return { name, namespace, versions: new Set([subset, ...versions]) };
  };
  return { places, stable: made(route.stable, route.canary), canary: made(route.canary, route.stable) };
}

function isPlaced(end: Endpoint, backend: Backend, { clusters, namespaces }: Places): boolean {
  if (clusters !== null && end.cluster !== "" && !clusters.has(end.cluster)) return false;
  const named = backend.namespace;
  if (named === undefined || end.namespace === "") return true;
  return end.namespace === named || namespaces?.has(end.namespace) === true;
}

const shortHost = (host: string): string => host.replace(PORT, "").split(".")[0] ?? "";

type Telling = (end: Endpoint, host: string | undefined) => string | undefined;

/** From the sharpest: the host the proxy chose, the workload that answered, the service. */
const TELLINGS: readonly Telling[] = [
  (_end, host) => (host === undefined ? undefined : shortHost(host)),
  ({ name }) => name,
  ({ service }) => service,
];

function isVersion(end: Endpoint, { versions }: Backend): boolean {
  return versions === null || (end.version !== undefined && versions.has(end.version));
}

const SHADOW = "-shadow";

/**
 * Whether a host is what Envoy calls a copy's: `-shadow` behind the whole name, in front of the port. A service or a
 * namespace may be named so itself.
 */
export function isMirrored(host: string, { stable, canary }: Pick<ArmPatterns, "stable" | "canary">): boolean {
  const labels = host.replace(PORT, "").split(".");
  const last = labels.at(-1) ?? "";
  if (!last.endsWith(SHADOW)) return false;
  const own = [stable, canary].map(({ name, namespace }) => (labels.length === 1 ? name : namespace));
  return labels.length > 2 || !own.includes(last);
}

/** `host`: the destination that the proxy chose, where the counter says it. */
export function armOf(end: Endpoint, host: string | undefined, patterns: ArmPatterns): Arm | undefined {
  const { stable, canary, places } = patterns;
  const isSplitByVersion = stable.versions !== null || canary.versions !== null;
  for (const told of TELLINGS) {
    const name = told(end, host);
    const isStable = name === stable.name && isPlaced(end, stable, places);
    const isCanary = name === canary.name && isPlaced(end, canary, places);
    if (!isStable && !isCanary) continue;
    const fitsStable = isStable && isVersion(end, stable);
    const fitsCanary = isCanary && isVersion(end, canary);
    // Of a whole service and one version of it, the version is the sharper name.
    if (fitsStable && fitsCanary) return canary.versions === null ? "stable" : "canary";
    if (fitsStable || fitsCanary) return fitsStable ? "stable" : "canary";
    if (isSplitByVersion) return "other";
  }
  return undefined;
}
