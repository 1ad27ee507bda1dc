/**
 * Consul's Envoys: clusters are called by their SNI, and Consul's own tag patterns take it apart. The patterns are
 * re-made from their shape, faults included: each looks for `[hash~][subset.]service.namespace.[partition.]datacenter.
 * type.domain.consul.` with greedy optional parts, so that a name in another partition and without a subset comes apart
 * one word too far to the left. In: a workload with its Consul place. Out: names and tags.
 * Not handled: peering, prepared queries, gateways.
 */
import type { Door, EnvoyStyle } from "./envoy-style.ts";
import type { ConsulPlace, ServiceSpec, WorkloadSpec } from "./spec.ts";
import type { Extractor, Tagging } from "./stat-tags.ts";

/** Where a sidecar sends what no service of the mesh is meant by. */
export const ORIGINAL_DESTINATION = "original-destination";

/** Port of the listener that takes the mesh's requests, and of the one that takes the app's. */
const PUBLIC_PORT = 20_000;
const OUTBOUND_LISTENER = "127.0.0.1_15001";

const TRUST_DOMAIN = "8b8b11a2-2d2e-4c39-8a43-3e6f1f0a5d11";

const WORD = "[^.]+";
const INTERNAL = "internal[^.]*";

/** Parts of a cluster name in order: what stands after each, and whether it may be absent. */
const PARTS = [
  { name: "custom_hash", end: "~", optional: true },
  { name: "service_subset", end: "\\.", optional: true },
  { name: "service", end: "\\.", optional: false },
  { name: "namespace", end: "\\.", optional: false },
  { name: "partition", end: "\\.", optional: true },
  { name: "datacenter", end: "\\.", optional: false },
  { name: "routing_type", end: "\\.", optional: false },
  { name: "trust_domain", end: "\\.", optional: false },
] as const;

/** Which parts `consul.destination.target` and `.full_target` span, both from the first. */
const SPANS: Readonly<Record<string, number>> = { target: 6, full_target: 8 };

/** Only the patterns of partition and datacenter insist on an internal route. */
function typeOf(wanted: string): string {
  return wanted === "partition" || wanted === "datacenter" ? INTERNAL : WORD;
}

function targetPattern(wanted: string, lead: string): RegExp {
  const span = SPANS[wanted] ?? 0;
  const parts = PARTS.map(({ name, end, optional }, index) => {
    const word = name === "routing_type" ? typeOf(wanted) : WORD;
    const held = name === wanted ? `(${word})` : word;
    const open = span > 0 && index === 0 ? "(" : "";
    const close = index === span - 1 ? ")" : "";
    const whole = optional ? `(?:${held}${end})?` : close === "" ? held + end : `${held}${close}${end}`;
    return open + whole;
  });
  return new RegExp(`^cluster\\.${lead}(${parts.join("")}consul\\.)`);
}

const DESTINATION = [...PARTS.map(({ name }) => name), "target", "full_target"];
/** Copies from before Consul 1.9, still the default; they never had a partition and know no pass-through. */
const DEPRECATED = DESTINATION.filter((name) => name !== "partition");

/** Of `<service>[.<namespace>][.<partition>].<datacenter>` in a stat prefix. */
const UPSTREAM: readonly Extractor[] = [
  ["service", `((${WORD})(?:\\.${WORD})?(?:\\.${WORD})?\\.${WORD}\\.)`],
  ["datacenter", `(${WORD}(?:\\.${WORD})?(?:\\.${WORD})?\\.(${WORD})\\.)`],
  ["namespace", `(${WORD}(?:\\.(${WORD}))?(?:\\.${WORD})?\\.${WORD}\\.)`],
  ["partition", `(${WORD}(?:\\.${WORD})?(?:\\.(${WORD}))?\\.${WORD}\\.)`],
].map(([name = "", held = ""]) => ({
  tag: `consul.upstream.${name}`,
  pattern: new RegExp(`^(?:tcp|http)\\.upstream\\.${held}`),
}));

export const CONSUL_EXTRACTORS: Pick<Tagging, "first" | "before" | "after"> = {
  first: UPSTREAM,
  before: [],
  after: [
    ...DESTINATION.map((name) => ({
      tag: `consul.destination.${name}`,
      pattern: targetPattern(name, "(?:passthrough~)?"),
    })),
    ...DEPRECATED.map((name) => ({ tag: `consul.${name}`, pattern: targetPattern(name, "") })),
  ],
};

const or = (name: string | undefined): string => name ?? "default";

/** `[<subset>.]<service>.<namespace>[.<partition>].<datacenter>.internal[-v1].<trust domain>.consul`. */
export function consulCluster(service: string, place: ConsulPlace): string {
  const subset = place.subset === undefined ? "" : `${place.subset}.`;
  const home = place.partition === undefined || place.partition === "default";
  const where = home ? place.datacenter : `${place.partition}.${place.datacenter}`;
  const type = home ? "internal" : "internal-v1";
  return `${subset}${service}.${or(place.namespace)}.${where}.${type}.${place.trustDomain}.consul`;
}

/** A workload that says nothing of its place stands in the default one, its cluster for a datacenter. */
function placeOf(workload: WorkloadSpec): ConsulPlace {
  return workload.consul ?? { datacenter: workload.cluster, trustDomain: TRUST_DOMAIN };
}

/** Service and place of a call's far end. */
function farEnd(own: ConsulPlace, service: ServiceSpec, to: WorkloadSpec | null): readonly [string, ConsulPlace] {
  if (to?.role === "consul") return [to.service, placeOf(to)];
  // A service that is not in Consul's mesh is registered as one of the caller's own datacenter.
  return [service.name, { datacenter: own.datacenter, trustDomain: own.trustDomain }];
}

function outbound(own: ConsulPlace, service: ServiceSpec, to: WorkloadSpec | null): Door {
  const listener = OUTBOUND_LISTENER;
  if (service.kind === "passthrough") return { manager: `upstream.${ORIGINAL_DESTINATION}`, listener, opaque: true };
  const [name, place] = farEnd(own, service, to);
  const where = `${or(place.namespace)}.${or(place.partition)}.${place.datacenter}`;
  return { manager: `upstream.${name}.${where}`, listener };
}

export function consulStyle(workload: WorkloadSpec): EnvoyStyle {
  const { service } = workload;
  const consul = placeOf(workload);
  return {
    names: {
      upstream: (called, to) =>
        called.kind === "passthrough" ? ORIGINAL_DESTINATION : consulCluster(...farEnd(consul, called, to)),
      app: () => "local_app",
      inbound: (_, pod) => ({ manager: "public_listener", listener: `${pod.ip}_${PUBLIC_PORT}` }),
      outbound: (called, to) => outbound(consul, called, to),
    },
    tagging: {
      fixed: [
        ["local_cluster", service],
        ["consul.source.service", service],
        ["consul.source.namespace", or(consul.namespace)],
        ["consul.source.partition", or(consul.partition)],
        ["consul.source.datacenter", consul.datacenter],
      ],
      ...CONSUL_EXTRACTORS,
    },
    // Leaves live 72 hours and are renewed well before the last of them.
    leafDays: 2,
    node: (pod) => ({ cluster: service, id: `${pod.name}-${service}-sidecar-proxy` }),
  };
}
