/**
 * Readings of targets → cells of the routes that are watched. In: what the fold of a target tells, row by row; out: one
 * interval a cell and reading, in the books. Which route and arm a row belongs to is found once a row, and again when the
 * watched routes change. Rows of tcp, of node proxies and of a mesh's second view of the same requests are left alone.
 */
import { isFailure } from "../../model/failure.ts";
import { type Endpoint, meshesOf } from "../../model/identity.ts";
import type { AddedRun, IncreaseTap } from "../../model/increase-tap.ts";
import type { Reporter } from "../../model/meaning.ts";
import type { RollupRow } from "../../model/rollup-row.ts";
import type { RouteRef } from "../rollout/definition.ts";
import { type Arm, type ArmPatterns, armOf, isMirrored } from "./arms.ts";
import type { RouteBook, Side } from "./route-book.ts";

export interface WatchedRoute {
  readonly book: RouteBook;
  /** Whose it is: ids of a rollout and of its route. Absent where only another collector knows. */
  release?: { readonly rollout: string; readonly route: string } | undefined;
  /** Replaced as more is known of the backends. */
  patterns: ArmPatterns;
}

/** Sums of one reading. */
interface Sum {
  fromMs: number;
  requests: number;
  failures: number;
  bounds: readonly number[] | null;
  buckets: Float64Array;
}

interface Match {
  readonly watched: WatchedRoute;
  readonly side: Side;
  readonly caller: string;
  readonly unproxied: boolean;
  readonly end: Endpoint;
  /** A request that never reached anybody names no version: of such a row only what names its arm counts. */
  readonly sharp: boolean;
  /** By the host that a counter names; "" for none. */
  readonly arms: Map<string, Arm | null>;
  /** Of the reading under way. */
  readonly sums: Map<Arm, Sum>;
}

const SIDE_OF: Readonly<Partial<Record<Reporter, Side>>> = {
  source: "sender",
  sourceOnly: "sender",
  outbound: "sender",
  waypoint: "waypoint",
  destination: "receiver",
  inbound: "receiver",
};

/** What the adapters say of a source that has no proxy. */
const NO_PROXY = new Set(["no_source_workload", "caller_without_identity"]);

/** Whether no proxy of a mesh stands in front of a caller, as far as is told, or nobody can name it: weights do not reach it. */
export function hasNoProxy(source: Endpoint): boolean {
  return source.kind === "unknown" || NO_PROXY.has(source.reason ?? "") || meshesOf(source).length === 0;
}

const NOTHING = new Float64Array(0);

export type LeftOutCode = "cell_limit" | "latency_schemes";

export interface SorterOptions {
  readonly leaveOut: (code: LeftOutCode, requests: number) => void;
}

/** A caller's name, with its namespace where that is another than the route's; empty for one that is not known. */
export function callerOf(source: Endpoint, { target }: RouteRef): string {
  if (source.kind === "unknown") return "";
  const inside = source.namespace === "" || source.namespace === target.namespace;
  return inside ? source.name : `${source.namespace}/${source.name}`;
}

export class IncreaseSorter implements IncreaseTap {
  private watched: readonly WatchedRoute[] = [];
  /** By row index: null for a row of no watched route. */
  private matches: (readonly Match[] | null | undefined)[] = [];
  private target = "";
  private atMs = 0;
  private readonly touched = new Set<Match>();
  private readonly options: SorterOptions;

  constructor(options: SorterOptions) {
    this.options = options;
  }

  get isOpen(): boolean {
    return this.watched.length > 0;
  }

  /** From now on these, by their present patterns. */
  watch(watched: readonly WatchedRoute[]): void {
    this.watched = watched;
    this.matches = [];
  }

  begin(target: string, atMs: number): void {
    this.target = target;
    this.atMs = atMs;
  }

  counted(row: RollupRow, columns: readonly number[], increase: number, sinceMs: number): void {
    const matches = this.matchesOf(row);
    if (matches === null) return;
    const first = row.columns[columns[0] ?? -1];
    if (first?.kind !== "class") return;
    const host = hostIn(row, columns);
    for (const match of matches) {
      const sum = this.sumOf(match, host, sinceMs);
      if (sum === undefined) continue;
      sum.requests += increase;
      if (isFailure(first.code, first.grpcStatus)) sum.failures += increase;
    }
  }

  timed(row: RollupRow, first: number, { increases, size }: AddedRun, sinceMs: number): void {
    const matches = this.matchesOf(row);
    const column = row.columns[first];
    if (matches === null || column?.kind !== "bucket") return;
    const bounds = row.schemes[column.scheme]?.bounds;
    if (bounds === undefined) return;
    for (const match of matches) {
      const sum = this.sumOf(match, "", sinceMs);
      if (sum === undefined) continue;
      if (sum.bounds !== null && sum.bounds !== bounds && sum.bounds.join() !== bounds.join()) {
        this.options.leaveOut("latency_schemes", total(increases.subarray(0, size - 1)));
        continue;
      }
      if (sum.bounds === null) sum.buckets = new Float64Array(bounds.length + 1);
      sum.bounds = bounds;
      for (let i = 0; i < size - 1; i++) sum.buckets[i] = (sum.buckets[i] ?? 0) + (increases[i] ?? 0);
    }
  }

  end(coveredSinceMs: number | null): void {
    for (const match of this.touched) {
      for (const [arm, sum] of match.sums) this.keep(match, arm, sum);
      match.sums.clear();
    }
    this.touched.clear();
    if (coveredSinceMs === null) return;
    for (const { book } of this.watched) book.targets.get(this.target)?.cover(coveredSinceMs, this.atMs);
  }

  private keep({ watched, side, caller, unproxied }: Match, arm: Arm, sum: Sum): void {
    const cell = watched.book.cell({ target: this.target, caller, arm, side, unproxied });
    if (cell === undefined) {
      this.options.leaveOut("cell_limit", sum.requests);
      return;
    }
    const isTimed = sum.bounds !== null && cell.intervals.withBounds(sum.bounds);
    if (sum.bounds !== null && !isTimed) this.options.leaveOut("latency_schemes", total(sum.buckets));
    const { fromMs, requests, failures } = sum;
    const buckets = isTimed ? sum.buckets : NOTHING;
    const interval = { fromMs, toMs: this.atMs, requests, failures, buckets };
    cell.intervals.add(interval);
    watched.book.gained.push({ cell, interval });
  }

  private sumOf(match: Match, host: string, sinceMs: number): Sum | undefined {
    const arm = armFor(match, host);
    if (arm === null) return undefined;
    this.touched.add(match);
    const known = match.sums.get(arm);
    if (known !== undefined) {
      known.fromMs = Math.min(known.fromMs, sinceMs);
      return known;
    }
    const made = { fromMs: sinceMs, requests: 0, failures: 0, bounds: null, buckets: NOTHING };
    match.sums.set(arm, made);
    return made;
  }

  private matchesOf(row: RollupRow): readonly Match[] | null {
    const known = this.matches[row.index];
    if (known !== undefined) return known;
    const found = this.watched.flatMap((watched) => matchOf(row, watched) ?? []);
    const made = found.length === 0 ? null : found;
    this.matches[row.index] = made;
    return made;
  }
}

function matchOf(row: RollupRow, watched: WatchedRoute): Match | undefined {
  const { edge, reporter } = row;
  const side = SIDE_OF[reporter];
  if (side === undefined || edge.layer === "L4" || edge.protocol === "tcp" || row.below === true) return undefined;
  const end = edge.target;
  const isIstio = end.mesh === "istio";
  const sharp = reporter === "sourceOnly";
  // Only Istio's counters name the host that was chosen beside who answered.
  const arm = armOf(end, undefined, watched.patterns);
  if (arm === undefined && !isIstio) return undefined;
  const unproxied = side === "receiver" && NO_PROXY.has(edge.source.reason ?? "");
  const caller = callerOf(edge.source, watched.book.route);
  return { watched, side, caller, unproxied, end, sharp, arms: new Map(), sums: new Map() };
}

function armFor({ arms, end, watched, sharp }: Match, host: string): Arm | null {
  const known = arms.get(host);
  if (known !== undefined) return known;
  // A copy's answer reaches nobody: it is no request of any caller.
  const isCopy = isMirrored(host, watched.patterns);
  const found = isCopy ? null : (armOf(end, host === "" ? undefined : host, watched.patterns) ?? null);
  const made = sharp && found === "other" ? null : found;
  arms.set(host, made);
  return made;
}

function hostIn(row: RollupRow, columns: readonly number[]): string {
  for (const at of columns) {
    const column = row.columns[at];
    if (column?.kind === "host") return column.host;
  }
  return "";
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
