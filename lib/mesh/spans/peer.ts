/**
 * The other end of a call as one span names it. In: a span and whose it is. Out: an endpoint, "own" where the call goes to
 * the application behind the proxy that made the span, "nothing" where it is no part of the estate's traffic, undefined
 * where the span names nobody.
 *
 * Order: Envoy's upstream cluster by the parsers of Consul, App Mesh and Istio; a database's or broker's own attributes;
 * `peer.service` (Zipkin's remote endpoint); a host. A bare address names nobody: which pod it was changes by the hour.
 * Not handled: addresses of pods, which no span maps to a name.
 */
import { hostAndPort, inClusterHost, isIpAddress } from "../../model/host-names.ts";
import type { Endpoint } from "../../model/identity.ts";
import type { Span } from "../../model/span.ts";
import { appmeshCluster } from "../appmesh/cluster-name.ts";
import { consulCluster } from "../consul/cluster-name.ts";
import { special } from "../endpoints.ts";
import { clusterPeer } from "../envoy/cluster-names.ts";
import { attribute } from "./attributes.ts";
import { spanService } from "./own-service.ts";

export type Named = Endpoint | "own" | "nothing" | undefined;

const OUTSIDE = "span_host";

function external(name: string, reason: string, { cluster }: Endpoint): Endpoint {
  return special("external", name, reason, { cluster, mesh: null });
}

/** A namespace that stands for "none was given". */
const CONSUL_DEFAULT = "default";

function consulPeer(cluster: string, own: Endpoint): Named {
  const found = consulCluster(cluster);
  if (found === undefined) return undefined;
  if (found.kind === "passthrough") return special("passthrough", found.name, "allow_any", { ...own, mesh: null });
  if (found.kind !== "service") return found.kind === "ownApplication" ? "own" : "nothing";
  return spanService(found.service, found.namespace === CONSUL_DEFAULT ? "" : found.namespace, "");
}

function appmeshPeer(cluster: string, own: Endpoint): Named {
  const found = appmeshCluster(cluster);
  if (found === undefined) return undefined;
  if (found.kind === "node") return spanService(found.name, found.namespace ?? "", own.cluster);
  if (found.kind === "external") return external(found.host, OUTSIDE, own);
  if (found.kind === "passthrough") return special("passthrough", found.name, "allow_any", { ...own, mesh: null });
  return found.kind === "ownApplication" ? "own" : "nothing";
}

function envoyPeer(cluster: string, own: Endpoint): Named {
  const found = clusterPeer(cluster, "");
  if (found.kind === "service") return spanService(found.name, found.namespace ?? own.namespace, own.cluster);
  if (found.kind === "external") return external(found.host, OUTSIDE, own);
  if (found.kind === "ownApplication") return "own";
  if (found.kind === "infrastructure") return "nothing";
  return special(found.kind, found.name, found.reason, { cluster: own.cluster, mesh: null });
}

/** What Envoy's cluster names. */
export function upstreamPeer(span: Span, own: Endpoint): Named {
  for (const key of ["upstream_cluster", "upstream_cluster.name"]) {
    const cluster = attribute(span, key);
    if (cluster === undefined) continue;
    return consulPeer(cluster, own) ?? appmeshPeer(cluster, own) ?? envoyPeer(cluster, own);
  }
  return undefined;
}

const LOCAL = new Set(["localhost", "localhost.localdomain"]);

/** `https://api.example.com:8443/x` or `api.example.com:8443` → the host; undefined for addresses and the machine itself. */
function bareHost(text: string): string | undefined {
  const authority = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/?#@]*@)?([^/?#]+)/i.exec(text)?.[1] ?? "";
  const { host } = hostAndPort(authority);
  return host === "" || LOCAL.has(host) || isIpAddress(authority) || isIpAddress(host) ? undefined : host;
}

function hostOf(span: Span): string | undefined {
  for (const key of ["server.address", "net.peer.name", "http.host", "url.full", "http.url"]) {
    const value = attribute(span, key);
    const host = value === undefined ? undefined : bareHost(value);
    if (host !== undefined) return host;
  }
  return undefined;
}

function hostPeer(host: string, own: Endpoint, reason: string): Endpoint {
  const inside = inClusterHost(host);
  const named = inside ?? (host.includes(".") ? undefined : { name: host, namespace: own.namespace });
  if (named === undefined) return external(host, reason, own);
  const service = spanService(named.name, named.namespace, own.cluster);
  return reason === OUTSIDE ? service : { ...service, reason };
}

/** A database or a broker: under its host where the span has one, else under the name of its system. */
function systemPeer(span: Span, own: Endpoint, code: "database" | "queue", system: string): Endpoint {
  const reason = `${code}:${system}`;
  const host = hostOf(span) ?? attribute(span, "peer.service");
  return host === undefined ? external(system, reason, own) : hostPeer(host, own, reason);
}

const DATABASES = ["db.system.name", "db.system"];
const BROKERS = ["messaging.system"];

export function brokerOf(span: Span, own: Endpoint): Endpoint | undefined {
  const system = attribute(span, ...BROKERS);
  if (system !== undefined) return systemPeer(span, own, "queue", system);
  const peer = attribute(span, "peer.service") ?? hostOf(span);
  return peer === undefined ? undefined : hostPeer(peer, own, "queue:");
}

/** A name may be a host, and `web.shop` a service with its namespace: which is told apart where metrics know it. */
function peerService(span: Span, own: Endpoint): Endpoint | undefined {
  const name = attribute(span, "peer.service");
  if (name === undefined) return undefined;
  const host = bareHost(name);
  const isHost = host !== undefined && (inClusterHost(host) !== undefined || host.split(".").length > 2);
  return isHost ? hostPeer(host, own, OUTSIDE) : spanService(name, "", own.cluster);
}

export function clientPeer(span: Span, own: Endpoint): Endpoint | undefined {
  const database = attribute(span, ...DATABASES);
  if (database !== undefined) return systemPeer(span, own, "database", database);
  const broker = attribute(span, ...BROKERS);
  if (broker !== undefined) return systemPeer(span, own, "queue", broker);
  const named = peerService(span, own);
  if (named !== undefined) return named;
  const host = hostOf(span);
  return host === undefined ? undefined : hostPeer(host, own, OUTSIDE);
}

/** The caller, as a server's span may name it: Zipkin's remote endpoint, Envoy's `downstream_cluster`. */
export function callerOf(span: Span, own: Endpoint): Endpoint | undefined {
  const name = attribute(span, "downstream_cluster");
  return name === undefined ? peerService(span, own) : spanService(name, "", own.cluster);
}

/** Both ends, as Istio's waypoints print them (telemetry contract §6.1). */
export function bothEnds(span: Span): { readonly source: Endpoint; readonly target: Endpoint } | undefined {
  const end = (side: "source" | "destination"): Endpoint | undefined => {
    const name = attribute(span, `istio.${side}_canonical_service`, `istio.${side}_workload`, `istio.${side}_app`);
    if (name === undefined) return undefined;
    const cluster = attribute(span, `istio.${side}_cluster_id`) ?? "";
    return spanService(name, attribute(span, `istio.${side}_namespace`) ?? "", cluster === "Kubernetes" ? "" : cluster);
  };
  const [source, target] = [end("source"), end("destination")];
  return source === undefined || target === undefined ? undefined : { source, target };
}
