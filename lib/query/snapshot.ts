/**
 * One window of the whole estate, shared by every query that asks for it: facts are computed once per change of the live
 * table and window, whatever view, filter or page they are then shown through. Unix ms; the caller says what time it is.
 */
import { ok, type Result } from "../base/result.ts";
import type { RunSliced, Sliced } from "../base/sliced.ts";
import type { Coverage, SlotSum } from "../model/rollup-row.ts";
import { FactMemory } from "./edge-fact-memory.ts";
import { type EdgeFact, edgeFacts, rowsOf } from "./edge-facts.ts";
import { EdgeIndex, type IndexedEdge } from "./edge-index.ts";
import type { LiveTable } from "./live-table.ts";
import { type ToldByMesh, toldBy } from "./not-collected.ts";
import { costOf, costToCome, type Pace, paceOf } from "./pace.ts";
import type { ApiError, Window } from "./schema/common.ts";
import { withSpans } from "./span-speech.ts";
import { addSums, type Estate, planWindow, type Requested, readClosed } from "./window.ts";

export interface Snapshot {
  readonly window: Window;
  readonly facts: readonly EdgeFact[];
  /** All edges of the window, those without a fact of their own too. */
  readonly edges: readonly IndexedEdge[];
  /** How much of it each group was observed, ms; none of one that is not here. */
  readonly coveredMs: Coverage;
  readonly generation: number;
  readonly estate: Estate;
  /** When the live table was read, by the clock of whoever asked. */
  readonly madeMs: number;
  /** What each mesh was seen to tell. */
  readonly told: ToldByMesh;
}

/** Windows kept at a time: each holds the statistics of every edge, about 6 KB an edge told of by both sides. */
const KEPT = 4;
/** Edges in all windows that are kept; two windows are kept whatever their size. */
const KEPT_EDGES = 50_000;
interface Kept {
  readonly stamp: string;
  readonly start: number;
  readonly madeMs: number;
  /** Work of the process until it was begun, ms. */
  readonly workMs: number;
  /** As the state before it had it. */
  readonly costBefore: number;
  /** Work that it took itself, ms; null while it is computed. */
  ownMs: number | null;
  readonly snapshot: Promise<Snapshot>;
}

interface Plan {
  readonly requested: Requested;
  readonly window: Window;
  readonly nowMs: number;
  readonly key: string;
}

export class Snapshots {
  /** Times that facts were computed, for the collector's own metrics. */
  computations = 0;
  readonly estate: Estate;
  private readonly run: RunSliced;
  private readonly index = new EdgeIndex();
  private readonly kept = new Map<string, Kept>();
  private readonly memories = new Map<string, FactMemory>();
  private turn: Promise<unknown> = Promise.resolve();
  private room = KEPT;
  private readonly workMs: () => number;

  /** `workMs`: how long the process has computed since it began, for this and for all that is made from it. */
  constructor(estate: Estate, run: RunSliced, workMs: () => number) {
    this.estate = estate;
    this.run = run;
    this.workMs = workMs;
  }

  /** Facts made so far by the windows that are kept, as against those that were known: a count of work. */
  get factsMade(): number {
    return [...this.memories.values()].reduce((sum, { made }) => sum + made, 0);
  }

  /** How old what is made of this window may be now. */
  pace(requested: Requested, nowMs: number): Pace {
    const planned = planWindow(requested, nowMs, this.estate);
    const known = this.kept.get(keyOf(requested));
    if (known === undefined || !planned.ok) return { stateMs: Number.NEGATIVE_INFINITY, ...paceOf(0, 0, false) };
    return { stateMs: known.madeMs, ...this.paceOf(known, planned.value, nowMs) };
  }

  private paceOf(
    { workMs, costBefore, ownMs, madeMs, start }: Kept,
    window: Window,
    nowMs: number,
  ): Omit<Pace, "stateMs"> {
    const cost = Math.max(costBefore, costOf(this.workMs() - workMs, nowMs - madeMs, ownMs ?? 0));
    return paceOf(cost, ownMs ?? 0, window.start !== start);
  }

  /** The newest snapshot of what is asked for; how much older than the data it may be says its pace. Errors: `bad_window`. */
  async read(requested: Requested, nowMs: number): Promise<Result<Snapshot, ApiError>> {
    const planned = planWindow(requested, nowMs, this.estate);
    if (!planned.ok) return planned;
    const window = planned.value;
    const { generation } = this.estate.live;
    const stamp = stampOf(generation, window);
    const key = keyOf(requested);
    const known = this.kept.get(key);
    // A snapshot from after now was made before the wall clock stepped back: nobody can say how old it is.
    const ageMs = nowMs - (known?.madeMs ?? 0);
    if (known !== undefined) {
      const isShared = known.ownMs === null || ageMs < this.paceOf(known, window, nowMs).dueMs;
      if (known.stamp === stamp || (ageMs >= 0 && isShared)) return ok(await known.snapshot);
    }
    const workMs = this.workMs();
    const cost = known === undefined ? 0 : costOf(workMs - known.workMs, ageMs, known.ownMs ?? 0);
    const costBefore = costToCome(cost, known?.costBefore ?? 0);
    const snapshot = this.compute({ requested, window, nowMs, key });
    const { start } = window;
    const made: Kept = { stamp, start, madeMs: nowMs, workMs, costBefore, ownMs: null, snapshot };
    this.kept.delete(key);
    this.kept.set(key, made);
    for (const old of [...this.kept.keys()].slice(0, -this.room)) this.kept.delete(old);
    made.snapshot.then(
      () => {
        made.ownMs = Math.max(0, this.workMs() - workMs);
      },
      () => {
        if (this.kept.get(key) === made) this.kept.delete(key);
      },
    );
    return ok(await made.snapshot);
  }

  private async compute(plan: Plan): Promise<Snapshot> {
    this.computations++;
    const { window } = plan;
    const recent = await this.inTurn(this.readLive(plan));
    const isWhole = window.start >= recent.horizonMs;
    const older = isWhole ? null : await readClosed(window, recent.horizonMs, this.estate.store);
    const sum = older === null ? recent.sum : addSums(older, recent.sum);
    return this.inTurn(this.steps(plan, { ...recent, sum, isWhole, live: this.estate.live }));
  }

  /** What is computed shares an index and sums: one at a time. */
  private inTurn<T>(work: Sliced<T>): Promise<T> {
    const done = this.turn.then(() => this.run(work));
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** The live part, with what was true when it was read. */
  private *readLive({ requested, window, nowMs }: Plan): Sliced<Omit<Read, "isWhole" | "live">> {
    const { live } = this.estate;
    const sum = yield* live.readSteps(window.start, Math.ceil(window.requested.end / window.slotMs) * window.slotMs);
    const planned = planWindow(requested, nowMs, this.estate);
    const end = planned.ok ? planned.value.end : window.end;
    return { sum, end, generation: live.generation, horizonMs: live.horizonMs };
  }

  private *steps({ window: asked, nowMs, key }: Plan, read: Read): Sliced<Snapshot> {
    const { estate } = this;
    const { live, sum, end, generation } = read;
    const window = { ...asked, end };
    const rows = read.isWhole ? live.rows : rowsOf(sum, live);
    const indexed = yield* this.index.edges(rows, estate.joins);
    const edges = withSpans(indexed, end);
    yield;
    this.room = Math.min(KEPT, Math.max(2, Math.floor(KEPT_EDGES / Math.max(1, edges.length))));
    const facts = yield* edgeFacts({ sum, edges, live, end, memory: this.memoryOf(key) });
    const told = yield* toldBy(live.rows);
    return { window, facts, edges, coveredMs: sum.coveredMs, generation, estate, madeMs: nowMs, told };
  }

  private memoryOf(key: string): FactMemory {
    const memory = this.memories.get(key) ?? new FactMemory();
    this.memories.delete(key);
    this.memories.set(key, memory);
    for (const old of [...this.memories.keys()].slice(0, -this.room)) this.memories.delete(old);
    return memory;
  }
}

interface Read {
  readonly sum: SlotSum;
  readonly live: LiveTable;
  /** Of the window, at the last observation if it reaches so far. */
  readonly end: number;
  readonly generation: number;
  readonly horizonMs: number;
  /** Nothing of it has left the live table. */
  readonly isWhole: boolean;
}

const keyOf = ({ start, end }: Requested): string => `${start ?? ""}/${end ?? ""}`;

/** What an answer of a window depends on. */
export function stampOf(generation: number, { start, end, slotMs, endToCome }: Window): string {
  return `${generation}/${start}/${end}/${slotMs}/${endToCome ?? ""}`;
}
