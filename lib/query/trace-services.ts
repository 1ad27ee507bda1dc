/**
 * Which service of the graph a span speaks for. In: a span's attributes and resource. Out: a name with the namespace and
 * cluster where the span says them, for GraphDirectory.services(), whose missing parts match any.
 * Istio's tags come first (telemetry contract §6.1), then `service.name` in the forms `<svc>.<ns>` and `<svc>` with
 * `k8s.namespace.name`. A host such as `reviews.shop.svc.cluster.local` names service and namespace.
 * What other meshes print is theirs to know: the pipeline passes a reader of theirs as `SpanNames`; without one, this is all.
 */
import type { Attributes, Span } from "../model/span.ts";
import type { GraphDirectory, ServiceClaim, ServiceRef, SpanNames } from "./directory.ts";

/** What proxies print when they do not know. */
const SENTINELS = new Set(["", "-", "unknown"]);

function text(attributes: Attributes, key: string): string | undefined {
  const value = attributes.get(key);
  return typeof value === "string" && !SENTINELS.has(value) ? value : undefined;
}

function either(span: Span, key: string): string | undefined {
  return text(span.attributes, key) ?? text(span.resource, key);
}

function claim(name: string, namespace: string | undefined, cluster: string | undefined): ServiceClaim {
  return { name, ...(namespace === undefined ? {} : { namespace }), ...(cluster === undefined ? {} : { cluster }) };
}

/** Claims in the order in which they are tried: a directory answers the first that names exactly one service. */
export function serviceClaims(span: Span): ServiceClaim[] {
  const cluster = either(span, "istio.cluster_id") ?? either(span, "k8s.cluster.name");
  const canonical = either(span, "istio.canonical_service");
  const claims: ServiceClaim[] = [];
  if (canonical !== undefined) claims.push(claim(canonical, either(span, "istio.namespace"), cluster));
  const name = span.service;
  const namespace = either(span, "k8s.namespace.name") ?? either(span, "service.namespace");
  const dot = name.lastIndexOf(".");
  if (dot > 0) claims.push(claim(name.slice(0, dot), name.slice(dot + 1), cluster));
  claims.push(claim(name, namespace, cluster));
  return claims;
}

/** The host part of Envoy's `outbound|<port>|<subset>|<host>`; undefined for other clusters. */
function outboundHost(cluster: string): string | undefined {
  const parts = cluster.split("|");
  return parts.length === 4 && parts[0] === "outbound" && parts[3] !== "" ? parts[3] : undefined;
}

/** The service that a client span's upstream cluster names. */
export function upstreamClaim(span: Span): ServiceClaim | undefined {
  const cluster = either(span, "upstream_cluster.name") ?? either(span, "upstream_cluster");
  const host = cluster === undefined ? undefined : outboundHost(cluster);
  if (host === undefined) return undefined;
  const inMesh = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(host);
  return inMesh === null ? { name: host } : claim(inMesh[1] ?? host, inMesh[2], undefined);
}

export const PLAIN_NAMES: SpanNames = { claims: serviceClaims, upstream: upstreamClaim };

/** The one service that a claim fits; undefined where none or several do. */
export function resolveClaim(directory: GraphDirectory, wanted: ServiceClaim): ServiceRef | undefined {
  const found = directory.services(wanted);
  return found.length === 1 ? found[0] : undefined;
}

export function resolveSpan(directory: GraphDirectory, span: Span, names = PLAIN_NAMES): ServiceRef | undefined {
  for (const wanted of names.claims(span)) {
    const found = resolveClaim(directory, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function claimFits(wanted: ServiceClaim, service: ServiceRef): boolean {
  return (
    wanted.name === service.name &&
    (wanted.namespace === undefined || wanted.namespace === service.namespace) &&
    (wanted.cluster === undefined || wanted.cluster === service.cluster)
  );
}

/** Whether a span may speak for a service: its first claim that names the service at all decides. */
export function spanFits(span: Span, service: ServiceRef, names = PLAIN_NAMES): boolean {
  return names.claims(span).some((wanted) => claimFits(wanted, service));
}
