/**
 * `/timeseries` the long way, as its oracle: a whole graph's facts for each step, narrowed to what is asked for. In: a
 * snapshot and what is asked; out: a number per step and metric. Slow, and plainly the graph's own rules.
 */

import { finish } from "../../lib/base/sliced.ts";
import { type EdgeStats, requestTotals } from "../../lib/model/edge-stats.ts";
import type { Histogram } from "../../lib/model/histogram.ts";
import { mergeHistograms } from "../../lib/model/histogram-merge.ts";
import { quantile } from "../../lib/model/histogram-quantile.ts";
import { edgeKey } from "../../lib/model/rollup-row.ts";
import { type EdgeFact, edgeFacts, rowsOf } from "../../lib/query/edge-facts.ts";
import { EdgeIndex } from "../../lib/query/edge-index.ts";
import { NO_FOLDS } from "../../lib/query/folds.ts";
import { digits4, digits4OrNull, ratio } from "../../lib/query/numbers.ts";
import { VIEWS } from "../../lib/query/schema/graph.ts";
import type { Snapshot } from "../../lib/query/snapshot.ts";
import { viewGraph } from "../../lib/query/view-graph.ts";
import { type Ids, nodeIdentity } from "../../lib/query/view-key.ts";
import { readWindow } from "../../lib/query/window.ts";

export interface Asked {
  readonly node?: string;
  readonly edge?: string;
}

type Scope = (fact: EdgeFact) => boolean;

function scopeOf(snapshot: Snapshot, { node, edge }: Asked, ids: Ids): Scope {
  for (const view of VIEWS) {
    const graph = viewGraph(snapshot.facts, view, NO_FOLDS, ids);
    const found = graph.edges.find((one) => one.id === edge);
    if (found !== undefined) {
      const wanted = new Set(found.facts.map(edgeKey));
      return (fact) => wanted.has(edgeKey(fact));
    }
    const at = graph.nodes.get(node ?? "");
    if (at === undefined) continue;
    const far = at.inbound.edges > 0 ? "target" : "source";
    return (fact) => ids.node(nodeIdentity(view, NO_FOLDS, fact[far], ids)) === at.id;
  }
  return () => true;
}

const tcpBytes = ({ counters }: EdgeStats): number =>
  (counters.get("requestBytes") ?? 0) + (counters.get("responseBytes") ?? 0);

function weightsOf(facts: readonly EdgeFact[]): Map<string, number> {
  const requests = facts.map((fact) => requestTotals(fact.perSec).total);
  const bytes = facts.map((fact) => tcpBytes(fact.perSec));
  const [weights] = [requests, bytes].filter((all) => all.some((weight) => weight > 0));
  return new Map(facts.map((fact, i) => [fact.origin, weights?.[i] ?? 1] as const));
}

/** The part of an indexed edge that a fact is: what is joined elsewhere has a mark behind the edge's key. */
const edgeOf = (origin: string): string => origin.replace(/~$/, "");

/** `observed`: edges, by key, of which something was observed in the step, also where no fact is left of them. */
function valuesOf(
  facts: readonly EdgeFact[],
  weights: ReadonlyMap<string, number>,
  observed: ReadonlySet<string>,
): Record<string, number | null> {
  const covered = facts.filter((fact) => fact.coveredMs > 0);
  const silent = new Set(facts.filter((fact) => fact.coveredMs <= 0).map((fact) => edgeOf(fact.origin)));
  const all = [...weights.values()].reduce((a, b) => a + b, 0);
  let known = 0;
  for (const [origin, weight] of weights) {
    if (observed.has(edgeOf(origin)) && !silent.has(edgeOf(origin))) known += weight;
  }
  if (!(all > 0) || known / all < 0.95) {
    return { requestsPerSec: null, errorRatio: null, p50: null, p95: null, p99: null, tcpBytesPerSec: null };
  }
  let latency: Histogram | null = null;
  for (const { counts } of covered) {
    if (counts.latency !== null) latency = latency === null ? counts.latency : mergeHistograms(latency, counts.latency);
  }
  const sum = (of: (fact: EdgeFact) => number): number => covered.reduce((total, fact) => total + of(fact), 0);
  const at = (q: number): number | null => (latency === null ? null : digits4OrNull(quantile(latency, q)?.value));
  return {
    requestsPerSec: digits4(sum((fact) => requestTotals(fact.perSec).total)),
    errorRatio: ratio(
      sum((fact) => requestTotals(fact.counts).failures),
      sum((fact) => requestTotals(fact.counts).total),
    ),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    tcpBytesPerSec: digits4(sum((fact) => (fact.protocol === "tcp" ? tcpBytes(fact.perSec) : 0))),
  };
}

/** One object per step, in time's order. */
export async function seriesByGraphs(snapshot: Snapshot, asked: Asked, points: number, ids: Ids) {
  const { window, estate } = snapshot;
  const scope = scopeOf(snapshot, asked, ids);
  const weights = weightsOf(snapshot.facts.filter(scope));
  const slots = Math.ceil((window.end - window.start) / window.slotMs);
  const stepMs = Math.max(1, Math.ceil(slots / points)) * window.slotMs;
  const steps: Record<string, number | null>[] = [];
  for (let start = window.start; start < window.end; start += stepMs) {
    const end = Math.min(start + stepMs, window.end);
    const sum = await readWindow({ start, end, slotMs: window.slotMs }, estate);
    const edges = finish(new EdgeIndex().edges(rowsOf(sum, estate.live), estate.joins));
    const seen = edges.filter((edge) => edge.rows.some((row) => (sum.coveredMs.get(row.group) ?? 0) > 0));
    const observed = new Set(seen.map(({ key }) => key));
    steps.push(valuesOf(finish(edgeFacts({ sum, edges, live: estate.live, end })).filter(scope), weights, observed));
  }
  return steps;
}
