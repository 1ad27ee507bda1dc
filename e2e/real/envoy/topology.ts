/**
 * What the estate is: three services a → b → c, their hops, names, ports and the variants they come in. Pure.
 *
 * In: a variant. Out: hops with their configured mTLS, the names under which proxies know each other, and the truth that
 * a test compares with. The client that drives the estate stands outside the mesh: it speaks plaintext to a's inbound listener.
 * Exactly one hop between services is plaintext: b → c.
 * Not handled: replicas, subsets, gateways.
 */
export const SERVICES = ["a", "b", "c"] as const;
export type ServiceName = (typeof SERVICES)[number];

const TRUST_DOMAIN = "cluster.local";
/** The mesh coordinates of all three; they are what a scrape target has to be labelled with. */
export const CLUSTER = "local";
export const NAMESPACE = "shop";
/** The port of a service as its callers know it; a name only, nothing listens there. */
export const SERVICE_PORT = 9080;

export type Variant = {
  /**
   * `plain`: cluster names `b`, `local_app`; `istio`: `outbound|9080||b.shop.svc.cluster.local`, `inbound|9080||`;
   * `consul`: the peer's SNI, `local_app`; `appmesh`: `cds_egress_shop-mesh_b_shop_http_9080`, `cds_ingress_…`.
   */
  readonly names: "plain" | "istio" | "consul" | "appmesh";
  /**
   * `default`: Envoy's own tag extraction. `istio`: an Istio proxy's tag names and deferred creation of stats, with every
   * stat let through. `istioStock`: the same with Istio's own allow-list, which hides most of them. `consul`, `appmesh`:
   * Envoy's own tags and those that the two bootstraps add (App Mesh's with ENABLE_ENVOY_STATS_TAGS=1).
   */
  readonly stats: "default" | "istio" | "istioStock" | "consul" | "appmesh";
  /**
   * `mixed`: a and b speak Zipkin (B3 and W3C headers), c speaks OTLP; one trace all the same. `zipkin`, `zipkinShared`
   * (client and server span share an id) and `otlp`: all three alike.
   */
  readonly tracing: "mixed" | "zipkin" | "zipkinShared" | "otlp";
  /** Adds a third hop a → c with mTLS, so that c's one inbound listener serves both TLS and plaintext. */
  readonly permissive: boolean;
};

export const PLAIN: Variant = { names: "plain", stats: "default", tracing: "mixed", permissive: false };
export const ISTIO_SHAPE: Variant = { names: "istio", stats: "istio", tracing: "zipkin", permissive: false };

export const CONSUL_SHAPE: Variant = { names: "consul", stats: "consul", tracing: "zipkin", permissive: false };
export const APPMESH_SHAPE: Variant = { names: "appmesh", stats: "appmesh", tracing: "zipkin", permissive: false };

/** Coordinates of the Consul-shaped variant; the trust domain is a cluster's own, without `.consul`. */
export const CONSUL_DATACENTER = "dc1";
export const CONSUL_TRUST_DOMAIN = "f2a6b6b0-5d38-4a7c-9a0e-1c2d3e4f5a6b";
/** The mesh of the App Mesh-shaped variant. Its virtual nodes are `<name>_<namespace>`, as the controller names them. */
export const APPMESH_MESH = "shop-mesh";

export function virtualNode(service: ServiceName): string {
  return `${service}_${NAMESPACE}`;
}

export type Hop = { readonly from: ServiceName; readonly to: ServiceName; readonly mtls: boolean };

/** The hops between services, in the order in which one request takes them. Each carries each request once. */
export function hopsOf(variant: Variant): readonly Hop[] {
  const chain: readonly Hop[] = [
    { from: "a", to: "b", mtls: true },
    { from: "b", to: "c", mtls: false },
  ];
  return variant.permissive ? [...chain, { from: "a", to: "c", mtls: true }] : chain;
}

/** The name of the host that an app asks its outbound listener for. */
export function hostOf(service: ServiceName): string {
  return `${service}.${NAMESPACE}.svc.cluster.local`;
}

/** Envoy's name of the cluster that leads to `service`. */
export function outboundCluster(variant: Variant, service: ServiceName): string {
  switch (variant.names) {
    case "plain":
      return service;
    case "istio":
      return `outbound|${SERVICE_PORT}||${hostOf(service)}`;
    case "consul":
      return `${service}.default.${CONSUL_DATACENTER}.internal.${CONSUL_TRUST_DOMAIN}.consul`;
    case "appmesh":
      return `cds_egress_${APPMESH_MESH}_${virtualNode(service)}_http_${SERVICE_PORT}`;
  }
}

/** Envoy's name of the cluster that leads from a sidecar to its own app. */
export function inboundCluster(variant: Variant, service: ServiceName): string {
  switch (variant.names) {
    case "plain":
    case "consul":
      return "local_app";
    case "istio":
      return `inbound|${SERVICE_PORT}||`;
    case "appmesh":
      return `cds_ingress_${APPMESH_MESH}_${virtualNode(service)}_http_${SERVICE_PORT}`;
  }
}

/** The address under which a listener counts, which is not where it listens here; undefined: its own. */
export function listenerName(variant: Variant, side: "inbound" | "outbound"): string | undefined {
  if (variant.names === "consul") return side === "inbound" ? "10.0.0.1_20000" : undefined;
  if (variant.names === "appmesh") return side === "inbound" ? "0.0.0.0_15000" : "0.0.0.0_15001";
  return undefined;
}

/** The SPIFFE id of a service, as the mesh's authority would write it. */
export function identityOf(variant: Variant, service: ServiceName): string {
  if (variant.names !== "consul") return `spiffe://${TRUST_DOMAIN}/ns/${NAMESPACE}/sa/${service}`;
  return `spiffe://${CONSUL_TRUST_DOMAIN}.consul/ns/default/dc/${CONSUL_DATACENTER}/svc/${service}`;
}

/** The label that carries a cluster's name in the Prometheus text. */
export function clusterLabel(variant: Variant): string {
  return variant.stats.startsWith("istio") ? "cluster_name" : "envoy_cluster_name";
}

/** How a service's own proxy names itself: `node.id` and `node.cluster`; the latter is also its name in spans. */
export function nodeOf(variant: Variant, service: ServiceName): { readonly id: string; readonly cluster: string } {
  if (variant.names === "plain" || variant.names === "consul") return { id: `${service}-0`, cluster: service };
  if (variant.names === "appmesh") {
    const id = `mesh/${APPMESH_MESH}/virtualNode/${virtualNode(service)}`;
    return { id, cluster: id };
  }
  const pod = `${service}-v1-0.${NAMESPACE}`;
  return { id: `sidecar~127.0.0.1~${pod}~${NAMESPACE}.svc.cluster.local`, cluster: `${service}.${NAMESPACE}` };
}

export type Tracer = "zipkin" | "zipkinShared" | "otlp";

export function tracerOf(variant: Variant, service: ServiceName): Tracer {
  if (variant.tracing !== "mixed") return variant.tracing;
  return service === "c" ? "otlp" : "zipkin";
}

/** Listening ports of one service on loopback. */
export type Ports = {
  readonly admin: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly app: number;
};
export type PortPlan = { readonly [service in ServiceName]: Ports };

/** How many ports a plan takes. */
export const PORTS_NEEDED = SERVICES.length * 4;

/** Deals ports out, four to a service, in the order admin, inbound, outbound, app. */
export function planPorts(ports: readonly number[]): PortPlan {
  const at = (index: number): number => {
    const port = ports[index];
    if (port === undefined) throw new Error(`a plan takes ${PORTS_NEEDED} ports, ${ports.length} given`);
    return port;
  };
  const four = (first: number): Ports => ({
    admin: at(first),
    inbound: at(first + 1),
    outbound: at(first + 2),
    app: at(first + 3),
  });
  return { a: four(0), b: four(4), c: four(8) };
}

/** What a driven request is told to come to; carried by the header `x-fail`. */
export type Outcome = "ok" | "fail" | "missing";

/**
 * The status that each service answers. c fails with 503 or 404 when told so; a caller turns a failed next hop into a code
 * of its own and passes anything else on, so that every edge shows a different code for the same failure.
 */
export function statusOf(service: ServiceName, outcome: Outcome): number {
  if (outcome === "ok") return 200;
  if (outcome === "missing") return 404;
  return { a: 500, b: 502, c: 503 }[service];
}
