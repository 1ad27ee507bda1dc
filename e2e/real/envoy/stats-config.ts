/**
 * The parts of a bootstrap that decide which stats are printed, and under which label names. Pure.
 *
 * In: a variant, whose proxy. Out: `stats_config` and its neighbours. `default` is Envoy left alone; the Istio dialects
 * drop Envoy's own tags, name their own without the prefix `envoy_`, and create most stats only when first used; Consul's
 * and App Mesh's keep Envoy's own and add theirs, by the expressions of their own bootstraps.
 * Not handled: histogram bounds of one's own; the metrics of Istio's own stats filter, which stock Envoy may lack.
 */
import type { Json } from "./config-parts.ts";
import { APPMESH_MESH, CONSUL_DATACENTER, type ServiceName, type Variant, virtualNode } from "./topology.ts";

/** Tag name and the expression that finds it: group 1 is cut out of the name, group 2 is the value. */
const istioTags = [
  ["cluster_name", "^cluster(\\.([^;]+);)"],
  ["http_conn_manager_prefix", "^http(\\.([^;]+);)"],
  ["listener_address", "^listener(\\.([0-9._]+)(?=\\.))"],
  ["response_code", "_rq(_(\\d{3}))$"],
  ["response_code_class", "_rq(_(\\dxx))$"],
  ["authz_enforce_result", "rbac(\\.(allowed|denied))$"],
  ["authz_dry_run_result", "(\\.shadow_(allowed|denied))$"],
] as const;

/** What an Istio sidecar prints unless told otherwise. */
const stockInclusion = {
  prefixes: [
    "reporter=",
    "cluster_manager",
    "listener_manager",
    "server",
    "cluster.xds-grpc",
    "wasm",
    "component",
    "istio",
  ],
  suffixes: ["rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied"],
} as const;

/** One label of a Consul name, which is between dots. */
const SEGMENT = "[^.]+";

type Part =
  | "custom_hash"
  | "service_subset"
  | "service"
  | "namespace"
  | "partition"
  | "datacenter"
  | "routing_type"
  | "trust_domain";

/**
 * The expression by which Consul's bootstrap finds one part of a cluster's name. Group 1 is the whole name up to
 * `.consul.`, so that it is cut out of the stat's; group 2 is the part. It reads from the left, optional parts included.
 */
function consulName(wanted: Part): string {
  const part = (name: Part, of = SEGMENT): string => (name === wanted ? `(${of})` : of);
  const optional = (name: Part, after: string): string => `(?:${part(name)}${after})?`;
  const inside = wanted === "partition" || wanted === "datacenter";
  const left = `${optional("custom_hash", "~")}${optional("service_subset", "\\.")}${part("service")}\\.`;
  const place = `${part("namespace")}\\.${optional("partition", "\\.")}${part("datacenter")}\\.`;
  const routing = inside ? "internal[^.]*" : part("routing_type");
  return `^cluster\\.(?:passthrough~)?(${left}${place}${routing}\\.${part("trust_domain")}\\.consul\\.)`;
}

const consulParts: readonly Part[] = [
  "custom_hash",
  "service_subset",
  "service",
  "namespace",
  "partition",
  "datacenter",
  "routing_type",
  "trust_domain",
];

/** The name without `.consul`, and without routing type and trust domain too. */
const consulWhole = `(?:${SEGMENT}~)?(?:${SEGMENT}\\.)?${SEGMENT}\\.${SEGMENT}\\.(?:${SEGMENT}\\.)?${SEGMENT}`;
const consulTargets = [
  ["target", `^cluster\\.(?:passthrough~)?((${consulWhole})\\.${SEGMENT}\\.${SEGMENT}\\.consul\\.)`],
  ["full_target", `^cluster\\.(?:passthrough~)?((${consulWhole}\\.${SEGMENT}\\.${SEGMENT})\\.consul\\.)`],
] as const;

const fixed = (tag: string, value: string): Json => ({ tag_name: tag, fixed_value: value });

/** Consul: fixed tags say whose proxy it is, expressions whom its clusters and upstream listeners lead to. */
function consulTags(service: ServiceName): readonly Json[] {
  const upstream = `^(?:tcp|http)\\.upstream(?:_peered)?\\.((${SEGMENT})(?:\\.${SEGMENT})?(?:\\.${SEGMENT})?\\.${SEGMENT}\\.)`;
  return [
    ...consulParts.map((part) => ({ tag_name: `consul.destination.${part}`, regex: consulName(part) })),
    ...consulTargets.map(([name, regex]) => ({ tag_name: `consul.destination.${name}`, regex })),
    { tag_name: "consul.upstream.service", regex: upstream },
    fixed("local_cluster", service),
    fixed("consul.source.service", service),
    fixed("consul.source.namespace", "default"),
    fixed("consul.source.partition", "default"),
    fixed("consul.source.datacenter", CONSUL_DATACENTER),
  ];
}

/** App Mesh with its tags on: whose proxy it is, and which listener. */
function appmeshTags(service: ServiceName): readonly Json[] {
  return [
    fixed("appmesh.mesh", APPMESH_MESH),
    fixed("appmesh.virtual_node", virtualNode(service)),
    { tag_name: "appmesh.listener_protocol", regex: ".*?\\.ingress\\.((\\w+?)\\.)[0-9]+?\\.(.+?)$" },
    { tag_name: "appmesh.listener_port", regex: ".*?\\.ingress\\.\\w+?\\.(([0-9]+?)\\.)(.+?)$" },
  ];
}

export function statsOf(variant: Variant, service: ServiceName): { readonly [key: string]: Json } {
  if (variant.stats === "default") return {};
  if (variant.stats === "consul")
    return { stats_config: { stats_tags: consulTags(service), use_all_default_tags: true } };
  if (variant.stats === "appmesh") return { stats_config: { stats_tags: appmeshTags(service) } };
  const tags = istioTags.map(([name, regex]) => ({ tag_name: name, regex }));
  const patterns = [
    ...stockInclusion.prefixes.map((prefix) => ({ prefix })),
    ...stockInclusion.suffixes.map((suffix) => ({ suffix })),
  ];
  const matcher = variant.stats === "istio" ? {} : { stats_matcher: { inclusion_list: { patterns } } };
  return {
    stats_config: { use_all_default_tags: false, stats_tags: tags, ...matcher },
    deferred_stat_options: { enable_deferred_creation_stats: true },
  };
}
