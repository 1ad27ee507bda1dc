/** The tags of one HTTP hop as Envoy sets them on its client and server spans. Pure; all values are strings. */
import { failed } from "./context.ts";
import { hexDigits } from "./draw.ts";
import { styleOf } from "./envoy-styles.ts";
import type { Answer, Pod } from "./hop.ts";
import type { Operation, ServiceSpec, WorkloadSpec } from "./spec.ts";

export interface HopFacts {
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly answer: Answer;
  readonly peerIp: string;
  readonly upstreamCluster: string;
  readonly upstreamAddress?: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly attempts?: number;
  /** Fills `{id}` of the path and the request id. */
  readonly seed: number;
  readonly traceSeed: string;
}

/** Path with its `{id}` filled in. */
export function pathOf(operation: Operation, seed: number): string {
  return operation.path.replace("{id}", String(1000 + (seed % 9000)));
}

/** `to`: who serves it; null where nobody of the estate does. */
export function outboundCluster(pod: Pod, service: ServiceSpec, to: WorkloadSpec | null): string {
  const style = styleOf(pod.role, pod.workload);
  if (style !== null) return style.names.upstream(service, to);
  if (service.kind === "passthrough") return "PassthroughCluster";
  return `outbound|${service.port}||${service.host}`;
}

export function inboundCluster(pod: Pod, service: ServiceSpec): string {
  return styleOf(pod.role, pod.workload)?.names.app(service) ?? `inbound|${service.port}||`;
}

/** `<host>:<port>/*` is the decorator Istio puts on every route; every other Envoy names a span after the authority. */
export function hopName(pod: Pod, service: ServiceSpec): string {
  if (pod.proxy?.dialect !== "istio") return service.name === "frontdoor" ? "search.example" : service.host;
  if (service.kind === "passthrough") return "allow_any";
  return `${service.host}:${service.port}/*`;
}

/** Shaped as a UUID, as Envoy's request id extension makes it. */
function requestId(traceId: string): string {
  let seed = 0;
  for (let i = 0; i < traceId.length; i++) seed = (Math.imul(seed, 31) + traceId.charCodeAt(i)) | 0;
  const digits = hexDigits(seed, 1, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-9${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** What a waypoint's span says beyond a sidecar's: both ends of the call. */
export function waypointTags(from: Pod, to: Pod): Record<string, string> {
  const end = (side: string, { workload, name }: Pod): [string, string][] => [
    [`istio.${side}_workload`, workload.name],
    [`istio.${side}_namespace`, workload.namespace],
    [`istio.${side}_cluster_id`, workload.cluster],
    [`istio.${side}_canonical_service`, workload.service],
    [`istio.${side}_canonical_revision`, workload.version],
    [`istio.${side}_workload_type`, "deployment"],
    [`istio.${side}_instance_name`, name],
  ];
  return Object.fromEntries([...end("source", from), ...end("destination", to)]);
}

export function hopTags(facts: HopFacts): Record<string, string> {
  const { service, operation, answer } = facts;
  const grpc = service.protocol === "grpc";
  const tags: Record<string, string> = {
    "guid:x-request-id": requestId(facts.traceSeed),
    "http.url": `http://${service.host}${service.port === 80 ? "" : `:${service.port}`}${pathOf(operation, facts.seed)}`,
    "http.method": operation.method,
    "http.protocol": grpc ? "HTTP/2" : "HTTP/1.1",
    "http.status_code": String(answer.code),
    downstream_cluster: "-",
    user_agent: grpc ? "grpc-java-netty/1.70.0" : "shop/1.0",
    request_size: String(facts.requestBytes),
    response_size: String(answer.code === 0 ? 0 : facts.responseBytes),
    response_flags: answer.flags,
    upstream_cluster: facts.upstreamCluster,
    "upstream_cluster.name": facts.upstreamCluster,
    "peer.address": facts.peerIp,
  };
  if (facts.upstreamAddress !== undefined) tags["upstream_address"] = facts.upstreamAddress;
  if (grpc) {
    tags["grpc.path"] = operation.path;
    tags["grpc.authority"] = `${service.host}:${service.port}`;
    tags["grpc.content_type"] = "application/grpc";
    if (answer.grpc !== "") tags["grpc.status_code"] = answer.grpc;
  }
  if ((facts.attempts ?? 1) > 1) tags["retry.count"] = String((facts.attempts ?? 1) - 1);
  if (answer.flags === "DC" && failed(answer)) tags["status"] = "canceled";
  return tags;
}
