/**
 * How the estate would be scraped: one job per mesh, with what proxies do not print about themselves, what a mesh's own
 * places are called, and the hosts that lead from one mesh into another. In: pods. Out: plain data for a scrape
 * configuration. Not here: addresses and intervals.
 */
import type { Mesh } from "../model/identity.ts";
import type { Pod } from "./hop.ts";
import { graphName } from "./truth.ts";

export interface EstateNames {
  readonly clusters: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, string>>;
}

export interface EstateJob {
  readonly name: string;
  readonly mesh: Mesh;
  readonly names?: EstateNames;
  readonly wanted: (pod: Pod) => boolean;
}

const inCluster =
  (cluster: string, mesh: Mesh) =>
  ({ workload, role }: Pod): boolean =>
    workload.cluster === cluster && MESHES_OF[mesh].includes(role);

const MESHES_OF: Readonly<Record<Mesh, readonly string[]>> = {
  istio: ["sidecar", "gateway"],
  linkerd: ["linkerd"],
  consul: ["consul"],
  appmesh: ["appmesh", "serviceConnect"],
  envoy: ["envoy", "edge"],
};

export const ESTATE_JOBS: readonly EstateJob[] = [
  { name: "shop", mesh: "istio", wanted: inCluster("c1", "istio") },
  { name: "search", mesh: "envoy", wanted: inCluster("vm1", "envoy") },
  { name: "orders", mesh: "linkerd", wanted: inCluster("c1", "linkerd") },
  { name: "reviews", mesh: "istio", wanted: ({ role }) => role === "waypoint" || role === "ztunnel" },
  {
    name: "billing",
    mesh: "consul",
    names: { clusters: { "vm-dc1": "vm", "finance/vm-dc1": "vm" }, namespaces: { default: "billing" } },
    wanted: inCluster("vm", "consul"),
  },
  {
    name: "loyalty",
    mesh: "appmesh",
    names: { clusters: { "loyalty-mesh": "aws" }, namespaces: {} },
    wanted: inCluster("aws", "appmesh"),
  },
  { name: "recommend-moved", mesh: "istio", wanted: inCluster("aws", "istio") },
  {
    name: "partners",
    mesh: "appmesh",
    names: { clusters: { "partners-ecs": "ecs" }, namespaces: {} },
    wanted: inCluster("ecs", "appmesh"),
  },
];

/** The job that scrapes a pod; undefined for one that has nothing to scrape. */
export function jobOf(pod: Pod): EstateJob | undefined {
  return typeof pod.proxy?.path === "string" ? ESTATE_JOBS.find(({ wanted }) => wanted(pod)) : undefined;
}

/** Targets of which the configuration says nothing: Consul's proxies, and App Mesh's with their tags on, name themselves. */
const NAME_THEMSELVES: ReadonlySet<string> = new Set(["invoices", "points"]);

export function targetLabelsOf(pod: Pod): Readonly<Record<string, string>> {
  if (NAME_THEMSELVES.has(pod.workload.name)) return { pod: pod.name };
  const { cluster, namespace, service: app, calledAs: service = app, version } = pod.workload;
  const workload = graphName(pod.workload);
  const labels: Record<string, string> = { cluster, namespace, workload, pod: pod.name, service, app };
  if (version !== "" && version !== "latest") labels["version"] = version;
  return labels;
}

export interface EstateAlias {
  readonly host: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
}

/** No proxy and no span says what this host is: Linkerd's fulfilment calls Consul's billing by it. */
export const ESTATE_ALIASES: readonly EstateAlias[] = [
  { host: "billing.vm.example.com", cluster: "vm", namespace: "billing", service: "billing" },
];
