/**
 * How Envoy turns a dotted stat name into a metric name and labels: every tag extractor looks at the whole name, its
 * first group is what goes out of the name and its second (else the first) the label's value; what is left is the
 * metric (source/common/stats/tag_producer_impl.cc, tag_extractor_impl.cc). A second group that took no part gives an
 * empty value. In: the part of a stat name before its last word. Out: the metric's beginning and the label list.
 * Not handled: extractors for codes, which the printer sets itself, and those for TLS details, HTTP filters and routes.
 */

export interface Extractor {
  readonly tag: string;
  readonly pattern: RegExp;
}

/**
 * One proxy's own tags beside Envoy's defaults, in the order of their labels: patterns without a fixed beginning and fixed
 * values as configured, then Envoy's own, then the others.
 */
export interface Tagging {
  readonly first: readonly Extractor[];
  /** On every series. */
  readonly fixed: readonly (readonly [tag: string, value: string])[];
  readonly before: readonly Extractor[];
  readonly after: readonly Extractor[];
}

export interface Face {
  /** `envoy_cluster_` and what tags left in it. */
  readonly family: string;
  /** Without braces. */
  readonly labels: string;
}

/** Envoy's defaults for clusters, managers and listeners: names end at the first dot, addresses do not. */
const DEFAULTS: readonly Extractor[] = [
  { tag: "envoy.cluster_name", pattern: /^cluster\.(([^.]+)\.)/ },
  { tag: "envoy.http_conn_manager_prefix", pattern: /^http\.(([^.]+)\.)/ },
  { tag: "envoy.http_conn_manager_prefix", pattern: /^listener\..*?\.http\.((.*?)\.)/ },
  { tag: "envoy.listener_address", pattern: /^listener\.(([_.\d]*|[_[\]a-fA-F\d]*)\.)/ },
  { tag: "envoy.tcp_prefix", pattern: /^tcp\.(([^.]+)\.)/ },
];

const legal = (name: string): string => name.replace(/[^\w:]/g, "_");

export function label(tag: string, value: string): string {
  return `${legal(tag)}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

export function fixedLabels(tagging: Tagging): string {
  return tagging.fixed.map(([tag, value]) => label(tag, value)).join(",");
}

/** A word that no extractor cares for, in place of the stat's last one. */
const PROBE = "x";

/** Faces already made: a proxy asks for the same ones at every scrape. */
const MADE = new WeakMap<Tagging, Map<string, Face>>();

/** The face of all stats that begin with `prefix`, which ends with a dot. */
export function faceOf(tagging: Tagging, prefix: string): Face {
  const made = MADE.get(tagging) ?? new Map<string, Face>();
  MADE.set(tagging, made);
  const known = made.get(prefix);
  if (known !== undefined) return known;
  const face = newFace(tagging, prefix);
  made.set(prefix, face);
  return face;
}

function newFace(tagging: Tagging, prefix: string): Face {
  const stat = prefix + PROBE;
  const kept = new Array<boolean>(stat.length).fill(true);
  const extract = ({ tag, pattern }: Extractor): string[] => {
    const match = new RegExp(pattern.source, "d").exec(stat);
    const gone = match?.indices?.[1];
    if (match === null || gone === undefined) return [];
    kept.fill(false, gone[0], gone[1]);
    return [label(tag, match.length > 2 ? (match[2] ?? "") : (match[1] ?? ""))];
  };
  const first = tagging.first.flatMap(extract);
  const rest = [...tagging.before, ...DEFAULTS, ...tagging.after].flatMap(extract);
  const left = [...stat].filter((_, i) => kept[i] === true).join("");
  const labels = [...first, fixedLabels(tagging), ...rest].filter((text) => text !== "");
  return { family: legal(`envoy_${left.slice(0, -PROBE.length)}`), labels: labels.join(",") };
}
