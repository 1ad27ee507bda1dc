/**
 * What a reading's counts say to people. In: the answer of a series table. Out: drops with their place, and notes for the
 * sources page.
 */
import type { DropCode, ReadStats } from "./series-table.ts";

export interface ReadReport {
  readonly series: number;
  readonly dropped: ReadonlyMap<DropCode, number>;
  /** By drop code: what and where. */
  readonly details: ReadonlyMap<DropCode, string>;
  readonly notes: readonly { readonly code: string; readonly message: string }[];
}

const SAYS: Partial<Record<DropCode, string>> = {
  duplicate_series: "the same series stands more than once in the body; the first counts",
  series_limit: "more series than the table of this endpoint may hold, and no `other` member for them",
  series_folded: "more series than the table of this endpoint may hold: these count in an `other` member",
  native_histogram: "the value is a native histogram; classic buckets of the same family are read",
  composite_value: "the value is a whole histogram or summary on one line, as OpenMetrics 2.0 prints them",
  exemplar_malformed: "an exemplar is broken; its sample counts",
  not_a_number: "the value is NaN or infinite",
  no_reporter: "the label `reporter` is missing or unknown, and the scrape configuration names no `workload`",
  no_target_labels: "the proxy does not print who it is: set the label `workload` of this scrape target",
  source_half_known: "reported before the proxy knew its peer: namespace known, workload not",
  cluster_unknown: "reported before the proxy knew its peer: namespace known, cluster not",
  destination_is_ip: "the destination is a bare address that no workload is known for",
  bad_labels: "a label that a bucket or a code needs is missing or odd",
};

/** Shown as an error only where it points at something to mend; duplicates are the rule on merged ports. */
const QUIET: ReadonlySet<DropCode> = new Set([
  "duplicate_series",
  "source_half_known",
  "cluster_unknown",
  "destination_is_ip",
]);

export function reportOf(stats: ReadStats): ReadReport {
  const details = new Map<DropCode, string>();
  for (const code of stats.drops.keys()) {
    const says = SAYS[code];
    if (says !== undefined && !QUIET.has(code)) details.set(code, says);
  }
  const { firstOdd, exploded } = stats;
  const [worst] = exploded;
  if (worst !== undefined && details.has("series_folded")) {
    const { label, values, metric } = worst;
    const others =
      exploded.length === 1
        ? ""
        : `, then ${exploded
            .slice(1, 4)
            .map((one) => one.label)
            .join(", ")}`;
    const most = `label ${label} has the most values (${values} seen, on ${metric}${others})`;
    details.set("series_folded", `${SAYS.series_folded ?? ""}: ${most}`);
  }
  if (firstOdd !== undefined) {
    details.set(firstOdd.code, `line ${firstOdd.line}, byte ${firstOdd.offset}: ${firstOdd.reason}`);
  }
  if (stats.typeChanged.length > 0) details.set("type_changed", stats.typeChanged.slice(0, 5).join("; "));
  const notes = stats.typeChanged.map((message) => ({ code: "type_changed", message }));
  return { series: stats.series, dropped: stats.drops, details, notes: notes.slice(0, 1) };
}
