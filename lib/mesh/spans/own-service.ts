/**
 * Whose span it is. In: a span. Out: an endpoint of kind service, gateway or waypoint, with what the span says of namespace
 * and cluster; a part that it leaves out is empty. The mesh is never taken from a span: a service that metrics know takes
 * their node's identity when it is read, and any other has none.
 *
 * Linkerd's proxies call themselves `linkerd-proxy`: their pod's labels name the workload (telemetry contract §6.2). Istio's
 * carry its tags, or `<app>.<namespace>` as service; App Mesh's the virtual node in `node_id` or in X-Ray's attributes.
 * Everything else is an SDK's `service.name`.
 */
import type { Endpoint, NodeKind } from "../../model/identity.ts";
import type { Span } from "../../model/span.ts";
import { nodePlace } from "../appmesh/cluster-name.ts";
import { special, workloadKind } from "../endpoints.ts";
import { attribute } from "./attributes.ts";

/** As Linkerd's injector labels pods, by the kind of their owner. */
const LINKERD_OWNERS = [
  "linkerd.io/proxy-deployment",
  "linkerd.io/proxy-statefulset",
  "linkerd.io/proxy-daemonset",
  "linkerd.io/proxy-deploymentconfig",
  "linkerd.io/proxy-replicaset",
  "linkerd.io/proxy-replicationcontroller",
  "linkerd.io/proxy-cronjob",
  "linkerd.io/proxy-job",
];
/** Istio's cluster id where the operator set none. */
const DEFAULT_CLUSTER = "Kubernetes";
const APPMESH_NODE = /^(?:arn:[^/]*:)?mesh\/[^/]+\/virtual(?:Node|Gateway)\/(.+)$/;
const UNNAMED = /^unknown_service(?::|$)/;

interface Named {
  readonly name: string;
  readonly namespace: string;
}

function linkerdName(span: Span): Named | undefined {
  const name = attribute(span, ...LINKERD_OWNERS);
  if (name === undefined) return undefined;
  return { name, namespace: attribute(span, "linkerd.io/workload-ns", "k8s.namespace.name") ?? "" };
}

/** `sidecar~10.244.0.14~web-79788cd94-wgmsp.shop~shop.svc.cluster.local`: type of the proxy and namespace of its pod. */
function istioNode(span: Span): { readonly type: string; readonly namespace: string } | undefined {
  const parts = (attribute(span, "node_id") ?? "").split("~");
  const [type = "", , pod = ""] = parts;
  return parts.length === 4 ? { type, namespace: pod.slice(pod.lastIndexOf(".") + 1) } : undefined;
}

function istioName(span: Span): Named | undefined {
  const name = attribute(span, "istio.canonical_service");
  const node = istioNode(span);
  if (name !== undefined) {
    return { name, namespace: attribute(span, "istio.namespace", "k8s.namespace.name") ?? node?.namespace ?? "" };
  }
  const dot = span.service.lastIndexOf(".");
  const isProxy = node !== undefined || attribute(span, "component") === "proxy";
  return isProxy && dot > 0 ? { name: span.service.slice(0, dot), namespace: span.service.slice(dot + 1) } : undefined;
}

function appmeshName(span: Span): Named | undefined {
  const node =
    attribute(span, "aws.app_mesh.virtual_node_name") ??
    APPMESH_NODE.exec(attribute(span, "node_id") ?? "")?.[1] ??
    APPMESH_NODE.exec(span.service)?.[1];
  if (node === undefined) return undefined;
  const { name, namespace = "" } = nodePlace(node);
  return { name, namespace };
}

/** Istio's injector gives applications the name `<app>.<namespace>` too. */
function sdkName(span: Span): Named {
  const namespace = attribute(span, "k8s.namespace.name", "service.namespace") ?? "";
  const suffix = `.${namespace}`;
  const isLong = namespace !== "" && span.service.endsWith(suffix) && span.service.length > suffix.length;
  return { name: isLong ? span.service.slice(0, -suffix.length) : span.service, namespace };
}

function kindOf(span: Span, name: string): NodeKind {
  const type = istioNode(span)?.type;
  if (type === "waypoint") return "waypoint";
  if (type === "router") return "gateway";
  const kind = workloadKind(name);
  return kind === "workload" ? "service" : kind;
}

export function clusterOf(span: Span): string {
  const cluster = attribute(span, "istio.cluster_id", "k8s.cluster.name") ?? "";
  return cluster === DEFAULT_CLUSTER ? "" : cluster;
}

/** One object for all that are alike, while a hundred thousand spans wait; emptied when full. */
const known = new Map<string, Endpoint>();
const MAX_KNOWN = 10_000;

export function spanService(name: string, namespace: string, cluster: string, kind: NodeKind = "service"): Endpoint {
  const key = `${kind}\u0000${cluster}\u0000${namespace}\u0000${name}`;
  const same = known.get(key);
  if (same !== undefined && same.name === name && same.namespace === namespace) return same;
  if (known.size >= MAX_KNOWN) known.clear();
  const made: Endpoint = { cluster, namespace, kind, name, mesh: null, service: name };
  known.set(key, made);
  return made;
}

export function ownService(span: Span): Endpoint {
  const cluster = clusterOf(span);
  const { name, namespace } = linkerdName(span) ?? istioName(span) ?? appmeshName(span) ?? sdkName(span);
  if (UNNAMED.test(name)) return special("unknown", name, "span_service_unnamed", { cluster, mesh: null });
  return spanService(name, namespace, cluster, kindOf(span, name));
}
