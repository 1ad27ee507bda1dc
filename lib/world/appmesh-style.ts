/**
 * App Mesh's Envoys and those of ECS Service Connect, which run the same agent: clusters `cds_<side>_<mesh>_<node>_
 * <protocol>_<port>`, one listener for each direction, tags that the agent's environment switches on. In: a workload
 * with its place in the mesh. Out: names and tags. Virtual services are called by the service's host.
 * Service Connect's clusters are not documented; they are given App Mesh's form with the ECS cluster for a mesh.
 */
import type { EnvoyNames, EnvoyStyle } from "./envoy-style.ts";
import type { AppMeshPlace, ServiceConnectPlace, ServiceSpec, WorkloadSpec } from "./spec.ts";
import type { Extractor, Tagging } from "./stat-tags.ts";

const INGRESS = "0.0.0.0_15000";
const EGRESS = "0.0.0.0_15001";

/** Set whatever the environment says, since managers are called `ingress.<protocol>.<port>`. */
const LISTENER_TAGS: readonly Extractor[] = [
  { tag: "appmesh.listener_protocol", pattern: /.*?\.ingress\.((\w+?)\.)[0-9]+?\.(?:.+?)$/ },
  { tag: "appmesh.listener_port", pattern: /.*?\.ingress\.\w+?\.(([0-9]+?)\.)(?:.+?)$/ },
];

/** `^appmesh.<key>.<value>…<metric>`: one key and what is held as its value. */
function keyed(tag: string, held: string): Extractor {
  return { tag, pattern: new RegExp(`^appmesh(?:\\..+?\\..+?)*(\\.${tag}\\.(${held}))(?:\\..+?\\..+?)*\\.(?:.+)$`) };
}

/** A virtual service's name ends before its first capital M, V or T, at a dot; the rest stays in the metric's name. */
const EXTENSION_TAGS = [keyed("TargetVirtualNode", ".+?"), keyed("TargetVirtualService", "[^MVT]+")];

/** Discovery names may hold dots, so they go on up to the next key. */
const DISCOVERED = "(?:(?!\\.(?:ClusterName|ServiceName|Direction)).)+";
const SERVICE_CONNECT_TAGS = [
  keyed("ServiceName", ".+?"),
  keyed("ClusterName", ".+?"),
  keyed("Direction", ".+?"),
  keyed("DiscoveryName", DISCOVERED),
  keyed("TargetDiscoveryName", DISCOVERED),
];

interface Setting {
  readonly mesh: string;
  readonly node: string;
  readonly gateway: boolean;
  /** What the far end of a call is called. */
  nodeOf(service: ServiceSpec, to: WorkloadSpec | null): string;
}

function namesOf(setting: Setting): EnvoyNames {
  const { mesh, node, gateway } = setting;
  const redirect = gateway ? "self_redirect_" : "";
  return {
    upstream: (service, to) => {
      const beyond = service.host.endsWith(".amazonaws.com") ? "amazonaws" : "mesh-allow-all";
      if (service.kind !== "mesh" && to === null) return `cds_egress_${mesh}_${beyond}`;
      return `cds_egress_${mesh}_${setting.nodeOf(service, to)}_${service.protocol}_${service.port}`;
    },
    app: (service) => `cds_ingress_${mesh}_${node}_${redirect}${service.protocol}_${service.port}`,
    inbound: (service) => ({
      manager: `ingress.${service.protocol}.${service.port}`,
      listener: gateway ? `0.0.0.0_${service.port}` : INGRESS,
    }),
    outbound: () => ({ manager: "egress", listener: EGRESS }),
  };
}

function meshTagging(place: AppMeshPlace, gateway: boolean): Tagging {
  const tags = [
    ["appmesh.mesh", place.mesh],
    [gateway ? "appmesh.virtual_gateway" : "appmesh.virtual_node", place.node],
  ] as const;
  const extension = [
    ["Mesh", place.mesh],
    [gateway ? "VirtualGateway" : "VirtualNode", place.node],
  ] as const;
  return {
    first: [],
    fixed: [...(place.statsTags === true ? tags : []), ...(place.extension === true ? extension : [])],
    before: [...LISTENER_TAGS, ...(place.extension === true ? EXTENSION_TAGS : [])],
    after: [],
  };
}

/** A workload that says nothing of its place has its namespace's mesh and the Kubernetes controller's name for a node. */
export function meshPlaceOf(workload: WorkloadSpec): AppMeshPlace {
  const { namespace, service } = workload;
  return workload.appmesh ?? { mesh: `${namespace}-mesh`, node: `${service}_${namespace}` };
}

export function ecsPlaceOf(workload: WorkloadSpec): ServiceConnectPlace {
  const { cluster, service } = workload;
  return workload.serviceConnect ?? { clusterName: cluster, serviceName: service, discoveryName: service };
}

export function appMeshStyle(workload: WorkloadSpec): EnvoyStyle {
  const place = meshPlaceOf(workload);
  const { mesh, node } = place;
  const gateway = workload.relays === true;
  const id = `mesh/${mesh}/${gateway ? "virtualGateway" : "virtualNode"}/${node}`;
  // A service that is not in the mesh has a node that stands for it, called as the Kubernetes controller calls nodes.
  const nodeOf: Setting["nodeOf"] = (service, to) =>
    to?.role === "appmesh" ? meshPlaceOf(to).node : `${service.name}_${service.namespace}`;
  return {
    names: namesOf({ mesh, node, gateway, nodeOf }),
    tagging: meshTagging(place, gateway),
    leafDays: null,
    node: () => ({ cluster: id, id }),
  };
}

export function serviceConnectStyle(workload: WorkloadSpec): EnvoyStyle {
  const place = ecsPlaceOf(workload);
  const { clusterName: mesh, discoveryName: node, serviceName } = place;
  const nodeOf: Setting["nodeOf"] = (service, to) =>
    to?.role === "serviceConnect" ? ecsPlaceOf(to).discoveryName : service.name;
  const id = `arn:aws:ecs:eu-central-1:123456789012:task-set/${mesh}/${serviceName}/ecs-svc/4211000000000000001`;
  return {
    names: namesOf({ mesh, node, gateway: false, nodeOf }),
    tagging: { first: [], fixed: [], before: place.extension === true ? SERVICE_CONNECT_TAGS : [], after: [] },
    leafDays: null,
    node: () => ({ cluster: serviceName, id }),
  };
}
