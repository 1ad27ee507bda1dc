/**
 * One window of the whole estate, shared by every query that asks for it: facts are computed once per change of the live
 * table and window, whatever view, filter or page they are then shown through. Unix ms; the caller says what time it is.
 */
import { ok, type Result } from "../base/result.ts";
import { type EdgeFact, edgeFacts, rowsOf } from "./edge-facts.ts";
import { EdgeIndex, type IndexedEdge } from "./edge-index.ts";
import { notCollected } from "./not-collected.ts";
import { digits4 } from "./numbers.ts";
import { type Sampling, samplingOf } from "./sampling.ts";
import type { AbsentReason, ApiError, Completeness, Window } from "./schema/common.ts";
import { withSpans } from "./span-speech.ts";
import { isActive } from "./view-graph.ts";
import { type Estate, planWindow, type Requested, readWindow } from "./window.ts";

export interface Snapshot {
  readonly window: Window;
  readonly facts: readonly EdgeFact[];
  /** All edges of the window, those without a fact of their own too. */
  readonly edges: readonly IndexedEdge[];
  readonly generation: number;
  readonly estate: Estate;
}

/** Windows kept at a time: each holds the statistics of every edge. */
const KEPT = 4;
/** While data keeps changing a window is computed again after this, so that many different queries share one. */
const FRESH_MS = 900;

interface Kept {
  readonly stamp: string;
  readonly madeMs: number;
  readonly snapshot: Promise<Snapshot>;
}

export class Snapshots {
  /** Times that facts were computed, for the collector's own metrics. */
  computations = 0;
  readonly estate: Estate;
  private readonly index = new EdgeIndex();
  private readonly kept = new Map<string, Kept>();

  constructor(estate: Estate) {
    this.estate = estate;
  }

  /** The newest snapshot of what is asked for, at most 0.9 s older than the data. Errors: `bad_window`. */
  async read(requested: Requested, nowMs: number): Promise<Result<Snapshot, ApiError>> {
    const planned = planWindow(requested, nowMs, this.estate);
    if (!planned.ok) return planned;
    const window = planned.value;
    const { generation } = this.estate.live;
    const stamp = `${generation}/${window.start}/${window.end}/${window.slotMs}`;
    const key = `${requested.start ?? ""}/${requested.end ?? ""}`;
    const known = this.kept.get(key);
    // A snapshot from after now was made before the wall clock stepped back: nobody can say how old it is.
    const ageMs = nowMs - (known?.madeMs ?? 0);
    if (known !== undefined && (known.stamp === stamp || (ageMs >= 0 && ageMs < FRESH_MS)))
      return ok(await known.snapshot);
    const made: Kept = { stamp, madeMs: nowMs, snapshot: this.compute(window, generation) };
    this.kept.delete(key);
    this.kept.set(key, made);
    for (const old of [...this.kept.keys()].slice(0, -KEPT)) this.kept.delete(old);
    made.snapshot.catch(() => {
      if (this.kept.get(key) === made) this.kept.delete(key);
    });
    return ok(await made.snapshot);
  }

  private async compute(window: Window, generation: number): Promise<Snapshot> {
    this.computations++;
    const sum = await readWindow(window, this.estate);
    const indexed = this.index.edges(rowsOf(sum, this.estate.live), this.estate.joins);
    const edges = withSpans(indexed, window.end);
    const facts = edgeFacts(sum, edges, this.estate.live, window.end);
    return { window, facts, edges, generation, estate: this.estate };
  }
}

export function observedShare(facts: readonly EdgeFact[], window: Window): number {
  const told = facts.filter((fact) => isActive(fact) || fact.lastSeenMs >= window.start);
  const length = window.end - window.start;
  if (told.length === 0 || length <= 0) return 0;
  const share = told.reduce((sum, fact) => sum + Math.min(1, fact.coveredMs / length), 0) / told.length;
  return digits4(share);
}

export interface SpanCounts {
  /** Spans seen so far. */
  readonly spans: number;
  /** Share of server spans whose caller's span did not come; null until one is old enough to say. */
  readonly unpairedShare: number | null;
}

/** What the collector's sources say of themselves. */
export interface TargetCounts {
  readonly up: number;
  readonly down: number;
  /** What sources left out, by code. */
  readonly dropped?: Readonly<Record<string, number>>;
  readonly spans?: SpanCounts;
}

/** Without spans there is nothing to pair; with none of them old enough, nothing is known yet. */
function unpairedOf(spans: SpanCounts | undefined): { value: number | null; absent?: AbsentReason } {
  if (spans === undefined || spans.spans === 0) return { value: null, absent: "notCollected" };
  if (spans.unpairedShare === null) return { value: null, absent: "unknown" };
  return { value: digits4(spans.unpairedShare) };
}

export function completenessOf(snapshot: Snapshot, targets: TargetCounts, facts = snapshot.facts): Completeness {
  const { window, estate } = snapshot;
  const last = estate.live.lastObservationMs;
  const unpaired = unpairedOf(targets.spans);
  const sampling: Sampling = samplingOf(facts.map(({ counts }) => counts));
  const newestAgeMs = last === null ? null : Math.max(0, window.requested.end - last);
  return {
    observedShare: observedShare(facts, window),
    targets: { up: targets.up, down: targets.down },
    newestAgeMs,
    unpairedSpanShare: unpaired.value,
    sampledShare: sampling.share,
    dropped: { ...targets.dropped, ...estate.live.dropped },
    notCollected: notCollected(estate.live.rows, targets.dropped),
    absent: {
      ...(newestAgeMs === null ? { newestAgeMs: "unknown" as const } : {}),
      ...(unpaired.absent === undefined ? {} : { unpairedSpanShare: unpaired.absent }),
      ...(sampling.absent === undefined ? {} : { sampledShare: sampling.absent }),
    },
  };
}
