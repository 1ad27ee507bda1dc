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

/** The mesh coordinates of all three; they are what a scrape target has to be labelled with. */
export const CLUSTER = "local";
export const NAMESPACE = "shop";
/** The port of a service as its callers know it; a name only, nothing listens there. */
export const SERVICE_PORT = 9080;

export type Variant = {
  /** `plain`: cluster names `b`, `local_app`; `istio`: `outbound|9080||b.shop.svc.cluster.local`, `inbound|9080||`. */
  readonly names: "plain" | "istio";
  /**
   * `default`: Envoy's own tag extraction. `istio`: an Istio proxy's tag names and deferred creation of stats, with every
   * stat let through. `istioStock`: the same with Istio's own allow-list, which hides most of them.
   */
  readonly stats: "default" | "istio" | "istioStock";
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
  return variant.names === "plain" ? service : `outbound|${SERVICE_PORT}||${hostOf(service)}`;
}

/** Envoy's name of the cluster that leads from a sidecar to its own app. */
export function inboundCluster(variant: Variant): string {
  return variant.names === "plain" ? "local_app" : `inbound|${SERVICE_PORT}||`;
}

/** The label that carries a cluster's name in the Prometheus text. */
export function clusterLabel(variant: Variant): string {
  return variant.stats === "default" ? "envoy_cluster_name" : "cluster_name";
}

/** How a service's own proxy names itself: `node.id` and `node.cluster`; the latter is also its name in spans. */
export function nodeOf(variant: Variant, service: ServiceName): { readonly id: string; readonly cluster: string } {
  if (variant.names === "plain") return { id: `${service}-0`, cluster: service };
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
