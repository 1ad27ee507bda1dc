/**
 * Spans as a Linkerd proxy makes them: named after the path, `service.name` linkerd-proxy, the workload in the pod's
 * labels. In: one HTTP hop. Out: attributes and resource. No TLS and no identity are in them. Strings throughout: the
 * proxy labels a span with text.
 */
import type { AttributeValue } from "../model/span.ts";
import type { Pod } from "./hop.ts";
import { type HopFacts, pathOf } from "./tags.ts";

export const LINKERD_SERVICE = "linkerd-proxy";

export function linkerdTags(facts: HopFacts, direction: "inbound" | "outbound"): Record<string, string> {
  const { service, operation, answer } = facts;
  const path = pathOf(operation, facts.seed);
  const grpc = service.protocol === "grpc";
  const tags: Record<string, string> = {
    direction,
    "http.request.method": operation.method,
    "url.scheme": "http",
    "url.path": path,
    "url.full": `http://${service.host}:${service.port}${path}`,
    "network.transport": "tcp",
    "server.address": service.host,
    "server.port": String(service.port),
    "user_agent.original": grpc ? "grpc-java-netty/1.70.0" : "shop/1.0",
    "http.request.header.content-type": grpc ? "application/grpc" : "application/json",
    "http.request.header.content-length": String(facts.requestBytes),
  };
  if (answer.code !== 0 && answer.flags !== "UT") tags["http.response.status_code"] = String(answer.code);
  return tags;
}

/** The pod's labels stand in the resource as they are. */
export function linkerdResource(pod: Pod): ReadonlyMap<string, AttributeValue> {
  const { name, namespace, service } = pod.workload;
  return new Map<string, AttributeValue>([
    ["service.name", LINKERD_SERVICE],
    ["host.name", pod.name],
    ["process.pid", 2],
    ["app", service],
    ["linkerd.io/control-plane-ns", "linkerd"],
    ["linkerd.io/proxy-deployment", name],
    ["linkerd.io/workload-ns", namespace],
    ["k8s.pod.ip", pod.ip],
    ["k8s.container.name", "linkerd-proxy"],
  ]);
}
