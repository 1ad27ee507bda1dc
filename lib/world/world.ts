/**
 * The simulated estate as one seeded machine. In: a seed, a start time and the time to advance to. Out: proxies whose
 * counters move, the truth beside them, and the spans of sampled requests. Time goes in ticks of 100 ms, so that any
 * way of slicing `advance` gives the same world. A request tree's counters move in the tick in which its root ends.
 */
import { assert } from "../base/result.ts";
import type { Commit, Context } from "./context.ts";
import { branch, mix, pick, poisson } from "./draw.ts";
import { enterEstate } from "./enter.ts";
import { styleOf } from "./envoy-styles.ts";
import { type Atlas, atlasOf, DEMO_ESTATE } from "./estate.ts";
import type { Pod } from "./hop.ts";
import { INCIDENTS, type Incident, type IncidentName, type Tuning, tuningOf } from "./incidents.ts";
import { podsOf } from "./pods.ts";
import type { Estate, SourceSpec } from "./spec.ts";
import { type Splits, SplitTable } from "./splits.ts";
import { TCP_REPORT_MS, TcpPools } from "./tcp.ts";
import { TraceRecorder, type WorldSpan } from "./trace.ts";
import { Ledger, type TruthEdge } from "./truth.ts";

export const TICK_MS = 100;
/** A day of the estate's traffic passes in this time, so that a demo shows it. */
const DAY_MS = 20 * 60_000;
/** The share of requests that the proxies trace. */
const SAMPLED = 0.06;

export interface WorldOptions {
  readonly seed: number;
  /** Unix ms of the beginning. */
  readonly startMs: number;
  /** No request enters after this (ms since the beginning); those under way still end. Default: never. */
  readonly arrivalsEndMs?: number;
  readonly estate?: Estate;
}

export interface IncidentState extends Incident {
  readonly active: boolean;
  /** Unix ms of the last switch to active. */
  readonly sinceMs: number | null;
}

interface Tree {
  readonly commits: readonly Commit[];
  readonly spans: readonly WorldSpan[];
}

export class World {
  readonly startMs: number;
  readonly atlas: Atlas;
  private readonly seed: number;
  private readonly arrivalsEndMs: number;
  private readonly byWorkload: ReadonlyMap<string, readonly Pod[]>;
  private readonly ledger = new Ledger();
  private readonly tcp: TcpPools;
  private readonly table: SplitTable;
  /** Trees under way by the tick in which they end. */
  private readonly pending = new Map<number, Tree[]>();
  private readonly since = new Map<IncidentName, number>();
  private tuning: Tuning = tuningOf(new Set());
  private finished: WorldSpan[] = [];
  private ticks = 0;
  private roots = 0;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.startMs = options.startMs;
    this.arrivalsEndMs = options.arrivalsEndMs ?? Number.POSITIVE_INFINITY;
    this.atlas = atlasOf(options.estate ?? DEMO_ESTATE);
    this.byWorkload = podsOf(this.atlas, mix(options.seed, 1));
    this.table = new SplitTable(this.atlas.estate);
    this.tcp = new TcpPools(mix(options.seed, 2), this.ledger);
  }

  /** Unix ms up to which everything has happened. */
  get nowMs(): number {
    return this.startMs + this.ticks * TICK_MS;
  }

  get pods(): readonly Pod[] {
    return [...this.byWorkload.values()].flat();
  }

  /** Requests under way: 0 means that both sides of everything have been counted. */
  get underWay(): number {
    let trees = 0;
    for (const bucket of this.pending.values()) trees += bucket.length;
    return trees;
  }

  /**
   * Plays every whole tick up to `toMs` (Unix ms); an earlier time does nothing. `splits`: the weights that control planes
   * have given out, from the next tick on; those of before, where none are given.
   */
  advance(toMs: number, splits: Splits = this.table.splits): void {
    this.table.set(splits);
    while (this.nowMs + TICK_MS <= toMs) this.tick();
  }

  /** Jumps to `toMs` (Unix ms) without traffic, as when the machine slept; what was under way ends on waking. */
  skipTo(toMs: number): void {
    this.ticks = Math.max(this.ticks, Math.floor((toMs - this.startMs) / TICK_MS));
    for (const due of [...this.pending.keys()].sort((a, b) => a - b)) this.end(due);
    this.tcp.report(this.ticks * TICK_MS);
  }

  truth(): readonly TruthEdge[] {
    return this.ledger.read();
  }

  get active(): ReadonlySet<IncidentName> {
    return new Set(this.since.keys());
  }

  incidents(): readonly IncidentState[] {
    return INCIDENTS.map((incident) => {
      const sinceMs = this.since.get(incident.name) ?? null;
      return { ...incident, active: sinceMs !== null, sinceMs };
    });
  }

  /** From the next tick on. */
  switchIncident(name: IncidentName, active: boolean): void {
    if (this.since.has(name) === active) return;
    if (active) this.since.set(name, this.nowMs);
    else this.since.delete(name);
    this.switchLeaves(name, active);
    this.tuning = tuningOf(new Set(this.since.keys()));
    this.table.hold(this.tuning.lagging);
  }

  /** Certificates that an incident leaves to grow old; when it ends they are renewed as their mesh does. */
  private switchLeaves(name: IncidentName, active: boolean): void {
    const incident = INCIDENTS.find((one) => one.name === name);
    for (const { workload, ageSeconds, leftSeconds } of incident?.staleLeaves ?? []) {
      const leaf = { renewedMs: this.nowMs - ageSeconds * 1000, expiresMs: this.nowMs + leftSeconds * 1000 };
      for (const pod of this.byWorkload.get(workload) ?? []) pod.leaf = active ? leaf : null;
    }
  }

  /** Spans that have ended since the last call. The caller takes them regularly; they pile up otherwise. */
  takeSpans(): readonly WorldSpan[] {
    const taken = this.finished;
    this.finished = [];
    return taken;
  }

  private tick(): void {
    const tick = this.ticks;
    const fromMs = tick * TICK_MS;
    this.atlas.estate.sources.forEach((source, index) => {
      const asleep = source.dormant === true && !this.tuning.awake.has(source.name);
      if (asleep || fromMs >= this.arrivalsEndMs) return;
      const draw = branch(mix(this.seed, 100 + index), tick);
      const count = poisson(draw, (this.rate(source, index, fromMs) * TICK_MS) / 1000);
      for (let i = 0; i < count; i++)
        this.enter(source, fromMs + draw.next() * TICK_MS, mix(mix(this.seed, 200 + index), tick * 1000 + i));
    });
    this.ticks = tick + 1;
    const nowMs = this.ticks * TICK_MS;
    this.end(tick);
    if (nowMs % TCP_REPORT_MS === 0) this.tcp.report(nowMs);
  }

  /** Everything due in a tick happens. */
  private end(due: number): void {
    for (const tree of this.pending.get(due) ?? []) {
      for (const commit of tree.commits) commit(this.ticks * TICK_MS);
      this.finished.push(...tree.spans);
    }
    this.pending.delete(due);
  }

  /** A slow swing over the day, a faster one on top, and noise that changes every ten seconds. Requests/s. */
  private rate(source: SourceSpec, index: number, atMs: number): number {
    const phase = (mix(this.seed, 300 + index) / 2 ** 32) * 0.5;
    const day = Math.sin(2 * Math.PI * (atMs / DAY_MS + phase));
    const hour = Math.sin(2 * Math.PI * ((atMs / DAY_MS) * 7.3 + phase));
    const noise = branch(mix(this.seed, 400 + index), Math.floor(atMs / 10_000)).next() - 0.5;
    return source.ratePerSec * (1 + 0.22 * day + 0.06 * hour + 0.1 * noise);
  }

  private context(index: number, seed: number, short: boolean): Context {
    const sampled = branch(seed, 7).next() < SAMPLED;
    const traceSeed = mix(this.seed, Math.floor(this.startMs / 1000) >>> 0);
    return {
      atlas: this.atlas,
      pods: this.byWorkload,
      tuning: this.tuning,
      splits: this.table,
      ledger: this.ledger,
      tcp: this.tcp,
      commits: [],
      trace: sampled ? new TraceRecorder(this.startMs, traceSeed, index, short) : null,
    };
  }

  private enter(source: SourceSpec, startMs: number, seed: number): void {
    const draw = branch(seed, 8);
    const choice =
      source.operations[
        pick(
          draw,
          source.operations.map((operation) => operation.weight),
        )
      ];
    const pods = this.byWorkload.get(source.workload) ?? [];
    const pod = pods[draw.int(pods.length)];
    assert(pod !== undefined && choice !== undefined, `${source.name} has nowhere to enter`);
    const context = this.context(this.roots++, seed, styleOf(pod.role, pod.workload) !== null);
    const service = this.atlas.service(source.service);
    const operation = this.atlas.operation(service, choice.name);
    const endMs = enterEstate(context, { pod, service, operation, startMs, seed });
    const due = Math.max(this.ticks, Math.floor(endMs / TICK_MS));
    const bucket = this.pending.get(due) ?? [];
    bucket.push({ commits: context.commits, spans: context.trace?.spans ?? [] });
    this.pending.set(due, bucket);
  }
}
