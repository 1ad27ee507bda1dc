/**
 * The part that one sample plays in a histogram. In: a `_bucket`, `_sum` or `_count` series. Out: its upper bound or role,
 * and the text that is equal for all samples of the histogram.
 */
import { canonicalSeries, type Series } from "../wire/exposition/parse-series.ts";

export interface HistogramPart {
  readonly part: { readonly le: number } | "sum" | "count";
  readonly histogram: string;
}

/** `+Inf` is Infinity; undefined for a bucket without a usable bound. */
function upperBound(text: string): number | undefined {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  const bound = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(bound) ? bound : undefined;
}

export function boundOf(series: Series): HistogramPart | undefined {
  const { name } = series;
  const labels = new Map(series.labels);
  labels.delete("le");
  const histogram = canonicalSeries({ name: name.replace(/_(?:bucket|sum|count)$/, ""), labels });
  if (name.endsWith("_sum")) return { part: "sum", histogram };
  if (name.endsWith("_count")) return { part: "count", histogram };
  const le = upperBound(series.labels.get("le") ?? "");
  return le === undefined ? undefined : { part: { le }, histogram };
}
