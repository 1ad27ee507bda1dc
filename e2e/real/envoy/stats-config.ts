/**
 * The parts of a bootstrap that decide which stats are printed, and under which label names. Pure.
 *
 * In: a variant. Out: `stats_config` and its neighbours. `default` is Envoy left alone; the Istio dialects drop Envoy's
 * own tags, name their own without the prefix `envoy_`, and create most stats only when first used.
 * Not handled: histogram bounds of one's own; the metrics of Istio's own stats filter, which stock Envoy may lack.
 */
import type { Json } from "./config-parts.ts";
import type { Variant } from "./topology.ts";

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

export function statsOf(variant: Variant): { readonly [key: string]: Json } {
  if (variant.stats === "default") return {};
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
