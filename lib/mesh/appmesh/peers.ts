/**
 * The ends of an App Mesh or ECS Service Connect series. In: its labels and those of the scrape target. Out: endpoints.
 *
 * App Mesh: a virtual node `<name>_<namespace>` is the service `<name>` in that namespace, in the cluster that its mesh is
 * configured to be, else in the target's. Own tags (`appmesh_*`) or the metrics extension's (`VirtualNode`) say who the
 * proxy is, else the scrape configuration does. ECS Service Connect: the service `ServiceName`, in
 * the cluster that `ClusterName` is configured to be; others call it by its discovery name, which is its service's here.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { TargetLabels } from "../../model/meaning.ts";
import { ownWorkload, serviceEndpoint, special } from "../endpoints.ts";
import { type AppmeshCluster, appmeshCluster, nodePlace } from "./cluster-name.ts";

type Labels = ReadonlyMap<string, string>;

export function meshOf(labels: Labels): string {
  return labels.get("appmesh_mesh") || labels.get("Mesh") || "";
}

function virtualNode(labels: Labels): string {
  return labels.get("appmesh_virtual_node") || labels.get("VirtualNode") || "";
}

function virtualGateway(labels: Labels): string {
  return labels.get("appmesh_virtual_gateway") || labels.get("VirtualGateway") || "";
}

export function isServiceConnect(labels: Labels): boolean {
  return labels.has("ServiceName") && labels.has("ClusterName");
}

/** Whether the proxy's own tags say that it is App Mesh's or Service Connect's. */
export function hasOwnTags(labels: Labels): boolean {
  if (isServiceConnect(labels)) return true;
  return meshOf(labels) !== "" && (virtualNode(labels) !== "" || virtualGateway(labels) !== "");
}

/** `place`: a mesh of App Mesh, or a cluster of ECS. */
function clusterOf(place: string, target: TargetLabels): string {
  return target.names?.clusters.get(place) ?? (target.cluster || place);
}

function namespaceOf(namespace: string | undefined, target: TargetLabels): string {
  if (namespace === undefined) return target.namespace;
  return target.names?.namespaces.get(namespace) ?? namespace;
}

/** Version and app are what the scrape configuration says of the proxy. */
function added(target: TargetLabels): Partial<Pick<Endpoint, "version" | "app">> {
  return {
    ...(target.version === "" ? {} : { version: target.version }),
    ...(target.app === "" ? {} : { app: target.app }),
  };
}

function ecsService(labels: Labels, target: TargetLabels): Endpoint {
  const name = labels.get("ServiceName") ?? "";
  return {
    cluster: clusterOf(labels.get("ClusterName") ?? "", target),
    namespace: target.namespace,
    kind: "workload",
    name: target.workload || name,
    mesh: "appmesh",
    service: target.service || labels.get("DiscoveryName") || name,
    ...added(target),
  };
}

/** The service behind the proxy; undefined where neither its tags nor the scrape configuration name it. */
export function ownEndpoint(labels: Labels, target: TargetLabels): Endpoint | undefined {
  if (isServiceConnect(labels)) return ecsService(labels, target);
  const gateway = virtualGateway(labels);
  const node = virtualNode(labels) || gateway;
  const mesh = meshOf(labels);
  if (node === "" || mesh === "") {
    const own = ownWorkload(target, "appmesh");
    return own === undefined || mesh === "" ? own : { ...own, cluster: clusterOf(mesh, target) };
  }
  const { name, namespace } = nodePlace(node);
  return {
    cluster: clusterOf(mesh, target),
    namespace: namespaceOf(namespace, target),
    kind: gateway === "" ? "workload" : "gateway",
    name: target.workload || name,
    mesh: "appmesh",
    service: name,
    ...added(target),
  };
}

/** A virtual node as others call it. */
export function nodeEndpoint(node: string, mesh: string, target: TargetLabels): Endpoint {
  const { name, namespace } = nodePlace(node);
  return serviceEndpoint(name, namespaceOf(namespace, target), clusterOf(mesh, target), "appmesh");
}

/** The mesh of names that no tag speaks of: one that the configuration has a cluster for, if the name begins with it. */
function configuredMesh(cluster: string, target: TargetLabels): string | undefined {
  const rest = cluster.replace(/^[a-z]+_egress_/, "");
  const meshes = [...(target.names?.clusters.keys() ?? [])].filter((mesh) => rest.startsWith(`${mesh}_`));
  return meshes.sort((a, b) => b.length - a.length)[0];
}

export function clusterBehind(labels: Labels, target: TargetLabels): AppmeshCluster | undefined {
  const name = labels.get("envoy_cluster_name") ?? "";
  return appmeshCluster(name, { mesh: meshOf(labels) || configuredMesh(name, target) });
}

/** The far end of a cluster's edge; undefined for the proxy's own application and for infrastructure. */
export function destinationOf(cluster: AppmeshCluster, own: Endpoint, target: TargetLabels): Endpoint | undefined {
  const place = { cluster: own.cluster, mesh: "appmesh" } as const;
  if (cluster.kind === "node") return nodeEndpoint(cluster.virtualNode, cluster.mesh, target);
  if (cluster.kind === "external") return special("external", cluster.host, "outside_host", place);
  return cluster.kind === "passthrough" ? special("passthrough", cluster.name, "allow_any", place) : undefined;
}
