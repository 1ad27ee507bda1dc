/**
 * The facts of one view edge added up: its own statistics, the views of its two sides, and its security. In: facts, in any
 * number; out: sums, in steps, since one edge of a coarse view may stand for all edges of the estate.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import { addStats, type EdgeStats, emptyStats, requestTotals } from "../model/edge-stats.ts";
import { LatencySum } from "../model/latency-sum.ts";
import type { ListenerState } from "../model/rollup-row.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { mergeSecurity, type SecurityPart, securityOf } from "./mtls.ts";
import type { Mtls } from "./schema/graph.ts";
import type { Splits } from "./splits.ts";

export interface PresentContext {
  readonly listeners: ReadonlyMap<string, ReadonlyMap<string, ListenerState>>;
  readonly start: number;
  /** Weights that are moved now. */
  readonly splits?: Splits;
}

export interface MergedEdge {
  readonly counts: EdgeStats;
  readonly perSec: EdgeStats;
  readonly callerCounts: EdgeStats | null;
  readonly callerPerSec: EdgeStats | null;
  readonly calleeCounts: EdgeStats | null;
  readonly calleePerSec: EdgeStats | null;
  readonly covered: boolean;
  readonly mtls: Mtls | null;
}

type StatsOf = (fact: EdgeFact) => EdgeStats | undefined;

const FACTS_PER_STEP = 16;

function* statsSteps(facts: readonly EdgeFact[], of: StatsOf): Sliced<EdgeStats | null> {
  const [first] = facts;
  if (first !== undefined && facts.length === 1) return of(first) ?? null;
  const parts = facts.flatMap((fact) => of(fact) ?? []);
  const [only] = parts;
  if (only === undefined) return null;
  if (parts.length === 1) return only;
  const merged = emptyStats();
  const latency = new LatencySum();
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part !== undefined) addStats(merged, part, latency);
    if (at % FACTS_PER_STEP === FACTS_PER_STEP - 1) yield;
  }
  merged.latency = latency.histogram;
  return merged;
}

/** Statistics of a view edge: the fact's own when there is but one. */
export function mergedStats(facts: readonly EdgeFact[], of: StatsOf): EdgeStats | null {
  return finish(statsSteps(facts, of));
}

function* securitySteps(facts: readonly EdgeFact[], context: PresentContext): Sliced<Mtls | null> {
  const parts: SecurityPart[] = [];
  for (let at = 0; at < facts.length; at++) {
    const fact = facts[at];
    const evidence = fact === undefined ? null : securityOf(fact, context.listeners, context.start);
    if (fact !== undefined && evidence !== null) parts.push({ evidence, requests: requestTotals(fact.counts).total });
    if (at % FACTS_PER_STEP === FACTS_PER_STEP - 1) yield;
  }
  return mergeSecurity(parts);
}

/** Null where there are no facts. */
export function* mergeSteps(facts: readonly EdgeFact[], context: PresentContext): Sliced<MergedEdge | null> {
  const counts = yield* statsSteps(facts, (fact) => fact.counts);
  const perSec = yield* statsSteps(facts, (fact) => fact.perSec);
  if (counts === null || perSec === null) return null;
  return {
    counts,
    perSec,
    callerCounts: yield* statsSteps(facts, (fact) => fact.caller?.counts),
    callerPerSec: yield* statsSteps(facts, (fact) => fact.caller?.perSec),
    calleeCounts: yield* statsSteps(facts, (fact) => fact.callee?.counts),
    calleePerSec: yield* statsSteps(facts, (fact) => fact.callee?.perSec),
    covered: facts.some((fact) => fact.coveredMs > 0),
    mtls: yield* securitySteps(facts, context),
  };
}
