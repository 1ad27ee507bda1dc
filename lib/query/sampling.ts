/**
 * Whether figures come from spans, and what share of requests those spans stand for. In: statistics of edges. Out: where
 * they are from, and the share where every span said it: the spans counted ÷ the requests they stand for. Nothing is ever
 * scaled by it.
 */
import { type EdgeStats, requestTotals } from "../model/edge-stats.ts";
import { digits4 } from "./numbers.ts";
import type { AbsentReason } from "./schema/common.ts";
import type { Evidence } from "./schema/graph.ts";

export interface Sampling {
  readonly from: Evidence["from"];
  readonly share: number | null;
  /** Why there is no share: no spans, or spans that do not say. */
  readonly absent?: AbsentReason;
}

/** A count is a sum of ones; shares of slots are not cut for spans. */
const ROUNDING = 1e-9;

export function samplingOf(parts: readonly EdgeStats[]): Sampling {
  let spans = 0;
  let requests = 0;
  let known = 0;
  let stoodFor = 0;
  let onlySpans = true;
  for (const part of parts) {
    if (!part.reporters.has("span")) {
      onlySpans = false;
      continue;
    }
    spans++;
    if (part.reporters.size > 1) onlySpans = false;
    requests += requestTotals(part).total;
    known += part.counters.get("sampledSpans") ?? 0;
    stoodFor += part.counters.get("sampledFrom") ?? 0;
  }
  if (spans === 0) return { from: "metrics", share: null, absent: "notCollected" };
  const from = onlySpans ? "spans" : "mixed";
  if (known === 0 || known < requests * (1 - ROUNDING)) return { from, share: null, absent: "unknown" };
  return { from, share: digits4(known / stoodFor) };
}
