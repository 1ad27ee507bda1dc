/** Lines of a Prometheus text exposition, as Envoy writes them: `# TYPE` without `# HELP`, `{}` for no labels. */
import { ENVOY_BOUNDS, type Tally } from "./tally.ts";

/** One sample per entry: [label list without braces, value as printed]. */
export type Samples = readonly (readonly [string, string | number])[];

export function family(out: string[], name: string, type: "counter" | "gauge", samples: Samples): void {
  if (samples.length === 0) return;
  out.push(`# TYPE ${name} ${type}`);
  for (const [labels, value] of samples) out.push(`${name}{${labels}} ${value}`);
}

/** Cumulative buckets, then sum and count. */
export function histogram(out: string[], name: string, series: readonly (readonly [string, Tally])[]): void {
  if (series.length === 0) return;
  out.push(`# TYPE ${name} histogram`);
  for (const [labels, tally] of series) {
    const comma = labels === "" ? "" : ",";
    let below = 0;
    for (let i = 0; i < ENVOY_BOUNDS.length; i++) {
      below += tally.counts[i] ?? 0;
      out.push(`${name}_bucket{${labels}${comma}le="${ENVOY_BOUNDS[i]}"} ${below}`);
    }
    out.push(`${name}_bucket{${labels}${comma}le="+Inf"} ${tally.count}`);
    out.push(`${name}_sum{${labels}} ${Number(tally.sum.toFixed(2))}`);
    out.push(`${name}_count{${labels}} ${tally.count}`);
  }
}
