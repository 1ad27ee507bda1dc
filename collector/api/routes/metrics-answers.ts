/** Whatever the routes over rollups share: one snapshot per window, one set of parts per view, one body per query. */
import type { Result } from "../../../lib/base/result.ts";
import type { Sliced } from "../../../lib/base/sliced.ts";
import { type SpanCounts, settlingAt } from "../../../lib/query/completeness.ts";
import { foldKey } from "../../../lib/query/folds.ts";
import type { AnswerContext } from "../../../lib/query/graph-answer.ts";
import { type GraphParts, PartsBook, type PartsQuery } from "../../../lib/query/graph-parts.ts";
import type { ApiError, Completeness, Window } from "../../../lib/query/schema/common.ts";
import type { Meta } from "../../../lib/query/schema/estate.ts";
import { type Snapshot, Snapshots, stampOf } from "../../../lib/query/snapshot.ts";
import type { Ids } from "../../../lib/query/view-key.ts";
import { type Estate, planWindow, type Requested } from "../../../lib/query/window.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { SourceBoard } from "../../telemetry/source-board.ts";
import type { SharedBody } from "../shared-body.ts";
import { Slices } from "../slices.ts";
import { AnswerCache, jsonAnswer } from "./answer-cache.ts";

export interface MetricsDeps {
  readonly estate: Estate;
  readonly ids: Ids;
  readonly board: SourceBoard;
  readonly clock: Clock;
  /** Changes with every start of the process; no `-` in it. */
  readonly boot: string;
  readonly meta: () => Omit<Meta, "subject">;
  /** Of all spans taken in; without it, or while none came, answers say that spans are not collected. */
  readonly spans?: () => SpanCounts;
  /** Other collectors whose part of the estate is shown too. */
  readonly others?: () => NonNullable<Completeness["others"]>;
  /** Answers that are asked for again are made before they are, on a timer of the process. */
  readonly keepWarm?: true;
}

interface KeptParts {
  readonly book: PartsBook;
  made: { readonly of: Snapshot; readonly parts: Promise<GraphParts> } | null;
}

/** Of more slots than a graph, and asked for again no sooner than their steps go on. */
const COLD: ReadonlySet<string> = new Set(["timeseries", "graph/history", "graph/compare"]);

/** Views kept printed: each holds the text of every member. */
const KEPT_PARTS = 8;

export class MetricsAnswers {
  readonly slices = new Slices();
  readonly snapshots: Snapshots;
  readonly cache = new AnswerCache();
  readonly deps: MetricsDeps;
  private readonly kept = new Map<string, KeptParts>();

  constructor(deps: MetricsDeps) {
    this.deps = deps;
    this.snapshots = new Snapshots(deps.estate, this.slices.run, () => this.slices.workMs);
    if (deps.keepWarm === true) this.cache.keepWarm(() => deps.clock.nowMs());
  }

  run<T>(work: Sliced<T>): Promise<T> {
    return this.slices.run(work);
  }

  /** Edges printed so far by the views that are kept: a count of work. */
  get printedEdges(): number {
    return [...this.kept.values()].reduce((sum, { book }) => sum + book.printed, 0);
  }

  context(): AnswerContext {
    const { board, clock, ids, spans, others } = this.deps;
    const dropped: Record<string, number> = {};
    for (const { drops } of board.list()) {
      for (const [code, count] of Object.entries(drops)) dropped[code] = (dropped[code] ?? 0) + count;
    }
    const seen = spans === undefined ? {} : { spans: spans() };
    const shared = others === undefined ? {} : { others: others() };
    return { ids, targets: { nowMs: clock.nowMs(), ...board.targets(), dropped, ...seen, ...shared } };
  }

  async snapshot(requested: Requested): Promise<Result<Snapshot, ApiError>> {
    return this.snapshots.read(requested, this.deps.clock.nowMs());
  }

  /** The members of a view with their texts, made once for all queries of one snapshot. `window`: what was asked for. */
  parts(snapshot: Snapshot, query: PartsQuery, window: string): Promise<GraphParts> {
    const { view, collapse, fold, expand, detail } = query;
    const key = JSON.stringify([window, view, foldKey(query), detail]);
    const known = this.kept.get(key);
    const kept: KeptParts = known ?? {
      book: new PartsBook({ view, collapse, fold, expand, detail }, this.deps.ids),
      made: null,
    };
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const old of [...this.kept.keys()].slice(0, -KEPT_PARTS)) this.kept.delete(old);
    if (kept.made?.of === snapshot) return kept.made.parts;
    const before = kept.made?.parts.catch(() => undefined) ?? Promise.resolve();
    const made = { of: snapshot, parts: before.then(() => this.run(kept.book.of(snapshot))) };
    kept.made = made;
    made.parts.catch(() => {
      if (kept.made === made) this.kept.delete(key);
    });
    return made.parts;
  }

  /** A body computed once for all who ask the same while nothing changed. */
  async made(
    name: string,
    query: Requested,
    answer: (snapshot: Snapshot) => Promise<Result<SharedBody, ApiError>>,
  ): Promise<Result<SharedBody, ApiError>> {
    const { clock, estate, board } = this.deps;
    const planned = planWindow(query, clock.nowMs(), estate);
    if (!planned.ok) return planned;
    const targets = (): string => {
      const { up, down } = board.targets();
      return `${up}/${down}`;
    };
    // Who may yet change a past window is part of its answer, and changes with time alone.
    const full = (generation: number, window: Window, atMs: number): string => {
      const settled = settlingAt(window, estate, this.deps.others?.(), atMs, clock.nowMs());
      return `${stampOf(generation, window)}/${targets()}/${JSON.stringify(settled)}`;
    };
    const stamp = (): string => {
      const atMs = clock.nowMs();
      const now = planWindow(query, atMs, estate);
      return now.ok ? full(estate.live.generation, now.value, atMs) : "";
    };
    return this.cache.get(
      {
        key: `${name}?${JSON.stringify(query)}`,
        isCold: COLD.has(name),
        stamp,
        pace: () => this.snapshots.pace(query, clock.nowMs()),
        compute: async (madeFrom) => {
          const snapshot = await this.snapshots.read(query, clock.nowMs());
          if (!snapshot.ok) return snapshot;
          const { generation, window, madeMs } = snapshot.value;
          const known = madeFrom(full(generation, window, madeMs), madeMs);
          return known ?? answer(snapshot.value);
        },
      },
      clock.nowMs(),
    );
  }

  async body(
    name: string,
    query: Requested,
    answer: (snapshot: Snapshot) => Promise<Result<unknown, ApiError>> | Result<unknown, ApiError>,
  ): Promise<Result<SharedBody, ApiError>> {
    return this.made(name, query, async (snapshot) => jsonAnswer(await answer(snapshot)));
  }
}
