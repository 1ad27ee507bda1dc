/** Ends of edges that more than one adapter makes. In: labels of the scrape target, host names. Out: endpoints. */
import type { Endpoint, Mesh, NodeKind } from "../model/identity.ts";
import type { TargetLabels } from "../model/meaning.ts";

const GATEWAY = /(?:^|[-_.])(?:ingress|egress)[-_]?gateway(?:$|[-_.])|-gateway-istio$/;

/** A waypoint is called so unless its user named it: then by the end of its name. */
const WAYPOINT = /(?:^|[-.])waypoint$/;

/** Istio's own gateway deployments, `istio-ingressgateway` and the like, and `<gateway>-istio` of the Gateway API. */
export function workloadKind(...names: readonly string[]): NodeKind {
  if (names.some((name) => WAYPOINT.test(name))) return "waypoint";
  return names.some((name) => GATEWAY.test(name)) ? "gateway" : "workload";
}

export function special(
  kind: "unknown" | "passthrough" | "blackhole" | "external",
  name: string,
  reason: string,
  place: { readonly cluster: string; readonly mesh: Mesh | null },
): Endpoint {
  return { cluster: place.cluster, namespace: "", kind, name, mesh: place.mesh, reason };
}

/** The workload behind the scraped proxy as the configuration names it; undefined when it does not. */
export function ownWorkload(target: TargetLabels, mesh: Mesh): Endpoint | undefined {
  const name = target.workload || target.service || target.app;
  if (name === "") return undefined;
  const service = target.service || target.app || name;
  return {
    cluster: target.cluster,
    namespace: target.namespace,
    kind: workloadKind(name, service, target.app),
    name,
    mesh,
    service,
    ...(target.version === "" ? {} : { version: target.version }),
    ...(target.app === "" ? {} : { app: target.app }),
  };
}

/** A service as a whole: where the source knows a name and not which workload answers to it. */
export function serviceEndpoint(name: string, namespace: string, cluster: string, mesh: Mesh): Endpoint {
  return { cluster, namespace, kind: "service", name, mesh, service: name };
}
