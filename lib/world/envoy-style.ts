/**
 * What tells one mesh's Envoys from another's: how clusters, managers and listeners are called, which tags are taken out
 * of those names, and what the proxy calls itself. Types, and the style of a stock Envoy; consul-style.ts and
 * appmesh-style.ts are the others. Names are as Envoy's stats have them, dots included.
 */
import type { Pod } from "./hop.ts";
import type { ServiceSpec, WorkloadSpec } from "./spec.ts";
import type { Tagging } from "./stat-tags.ts";

/** Stat names of a connection manager (or TCP proxy) and of the listener before it. */
export interface Door {
  readonly manager: string;
  readonly listener: string;
  /** The proxy passes bytes on and reads no requests. */
  readonly opaque?: boolean;
}

export interface EnvoyNames {
  /** The cluster through which calls of `service` reach `to`; null where no workload was reached. */
  upstream(service: ServiceSpec, to: WorkloadSpec | null): string;
  /** The cluster of the app beside this Envoy. */
  app(service: ServiceSpec): string;
  /** Where calls from other proxies come in at `pod`, and where its own app's calls do. */
  inbound(service: ServiceSpec, pod: Pod): Door;
  outbound(service: ServiceSpec, to: WorkloadSpec | null): Door;
}

/** The node's cluster and id, which its spans carry. */
export interface EnvoyNode {
  readonly cluster: string;
  readonly id: string;
}

export interface EnvoyStyle {
  readonly names: EnvoyNames;
  readonly tagging: Tagging;
  /** Days that `days_until_first_cert_expiring` tells; null where only a listener or cluster with TLS has a certificate. */
  readonly leafDays: number | null;
  node(pod: Pod): EnvoyNode;
}

const STOCK_NAMES: EnvoyNames = {
  upstream: (service) => service.name,
  app: () => "local_app",
  inbound: (service) => ({
    manager: service.protocol === "tcp" ? "ingress_tcp" : "ingress_http",
    listener: `0.0.0.0_${service.port}`,
  }),
  outbound: (service) => ({
    manager: service.protocol === "tcp" ? `egress_${service.name}` : "egress_http",
    listener: `127.0.0.1_${service.port}`,
  }),
};

export const STOCK_STYLE: EnvoyStyle = {
  names: STOCK_NAMES,
  tagging: { first: [], fixed: [], before: [], after: [] },
  leafDays: null,
  node: (pod) => ({ cluster: pod.workload.service, id: pod.name }),
};
