/**
 * The ends of a Consul series. In: its labels, the infix of its name, and the labels of the scrape target. Out: endpoints.
 *
 * A service of Consul is told by (partition and datacenter, namespace, name); cluster and namespace of the graph are those,
 * by their configured names. The target's own `cluster` and `namespace` are not asked where the proxy says: a caller knows
 * only what Consul calls the place, and both ends have to agree.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { PlaceNames, TargetLabels } from "../../model/meaning.ts";
import { ownWorkload, special } from "../endpoints.ts";
import { type ConsulCluster, type ConsulService, consulCluster, consulTarget } from "./cluster-name.ts";
import { cutService, type Place } from "./cut-name.ts";

type Labels = ReadonlyMap<string, string>;

const DEFAULT = "default";
const GATEWAY = /(?:^|-)(?:api|ingress|mesh|terminating)-gateway(?:-|$)/;
const MESH_GATEWAY = /(?:^|-)mesh-gateway(?:-|$)/;

/** Passes TLS through by SNI, so that no handshake of its own says anything of the connection. */
export function isMeshGateway(own: Endpoint): boolean {
  return own.kind === "gateway" && MESH_GATEWAY.test(own.service ?? own.name);
}

/** Two partitions of one datacenter may have a service of one name: without a name of its own, each is a place. */
function clusterOf(partition: string | undefined, datacenter: string, names: PlaceNames | undefined): string {
  const clusters = names?.clusters;
  if (partition === undefined || partition === "" || partition === DEFAULT) {
    return clusters?.get(`${DEFAULT}/${datacenter}`) ?? clusters?.get(datacenter) ?? datacenter;
  }
  const whole = `${partition}/${datacenter}`;
  return clusters?.get(whole) ?? whole;
}

function namespaceOf(namespace: string, names: PlaceNames | undefined): string {
  return names?.namespaces.get(namespace) ?? namespace;
}

export function placeOf(labels: Labels): Place {
  return {
    namespace: labels.get("consul_source_namespace") || DEFAULT,
    partition: labels.get("consul_source_partition") || DEFAULT,
    datacenter: labels.get("consul_source_datacenter") ?? "",
  };
}

/**
 * The service behind the proxy, by the tags that every series carries; where the bootstrap has other tags, as the scrape
 * configuration names it. Undefined where neither does.
 */
export function ownEndpoint(labels: Labels, target: TargetLabels): Endpoint | undefined {
  const service = labels.get("consul_source_service") ?? "";
  if (service === "") return ownWorkload(target, "consul");
  const { namespace, partition, datacenter } = placeOf(labels);
  return {
    cluster: datacenter === "" ? target.cluster : clusterOf(partition, datacenter, target.names),
    namespace: namespaceOf(namespace, target.names),
    kind: GATEWAY.test(service) ? "gateway" : "workload",
    name: target.workload || service,
    mesh: "consul",
    service,
    ...(target.version === "" ? {} : { version: target.version }),
    ...(target.app === "" ? {} : { app: target.app }),
  };
}

/** What the tags made from the cluster's name say: under their names since Consul 1.9, or under the older ones. */
function tagged(labels: Labels): { readonly target: string; readonly service: ConsulService | undefined } | undefined {
  for (const prefix of ["consul_destination_", "consul_"]) {
    const full = labels.get(`${prefix}full_target`) ?? "";
    if (full !== "") return { target: full, service: consulTarget(full) };
    const target = labels.get(`${prefix}target`) ?? "";
    const routing = labels.get(`${prefix}routing_type`) ?? "";
    const domain = labels.get(`${prefix}trust_domain`) || "unknown";
    if (target !== "" && routing !== "") return { target, service: consulTarget(`${target}.${routing}.${domain}`) };
  }
  return undefined;
}

/** "odd": there is a destination, and nothing can be made of its name. */
function clusterBehind(labels: Labels, infix: string, target: TargetLabels): ConsulCluster | "odd" | undefined {
  const tags = tagged(labels);
  if (tags?.service !== undefined) return tags.service;
  const name = labels.get("envoy_cluster_name") ?? "";
  const whole = consulCluster(name);
  if (whole !== undefined) return whole;
  const cut = infix === "" ? undefined : cutService(name, infix, placeOf(labels), target.names);
  return cut ?? (tags === undefined ? undefined : "odd");
}

/** The service that a name stands for, at the version that its subset is. */
export function serviceOf(service: ConsulService, names: PlaceNames | undefined): Endpoint {
  const { partition, datacenter, peer, subset } = service;
  return {
    cluster: peer === undefined ? clusterOf(partition, datacenter ?? "", names) : (names?.clusters.get(peer) ?? peer),
    namespace: namespaceOf(service.namespace, names),
    kind: "service",
    name: service.service,
    mesh: "consul",
    service: service.service,
    ...(subset === undefined ? {} : { version: subset }),
  };
}

/**
 * The far end of a cluster's edge. Undefined for the proxy's own application, for infrastructure, and for names that are
 * not Consul's: a cluster that an operator added by hand may be anything.
 */
export function destinationOf(
  labels: Labels,
  infix: string,
  own: Endpoint,
  target: TargetLabels,
): Endpoint | "odd" | undefined {
  const cluster = clusterBehind(labels, infix, target);
  if (cluster === undefined || cluster === "odd") return cluster;
  if (cluster.kind === "service") return serviceOf(cluster, target.names);
  if (cluster.kind !== "passthrough") return undefined;
  return special("passthrough", cluster.name, "allow_any", { cluster: own.cluster, mesh: "consul" });
}
