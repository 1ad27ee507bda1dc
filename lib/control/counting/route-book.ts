/**
 * What is counted of one watched route: cells by who told it (a target), who called and which arm answered. In: increases
 * with their intervals, and when the weight moved; out: requests by caller since a time, and the cells. Kept for 24 h.
 *
 * A `sender` is the caller's own proxy: what it chose is the proof. A `waypoint` speaks for callers that have none of
 * their own. A `receiver` is the proxy in front of the pod that answered: it tells the pods apart and knows requests of
 * callers without a proxy, which the split does not reach; it proves no share.
 */
import type { RouteRef } from "../rollout/definition.ts";
import type { CallerCounts } from "../traffic/verify.ts";
import type { Arm } from "./arms.ts";
import { type Interval, Intervals } from "./intervals.ts";
import { Observed } from "./observed.ts";

export const KEPT_MS = 86_400_000;
/** Cells of one route: 1,000 pods of callers with two arms each. What has no place is counted as left out. */
export const MAX_CELLS = 2_000;
/** Moves of the weight that are kept. */
const MAX_MOVES = 1_000;
const MAX_EDGES = 16;

export const SIDES = ["sender", "waypoint", "receiver"] as const;
export type Side = (typeof SIDES)[number];

export interface CellName {
  /** Key of the target that told it. */
  readonly target: string;
  /** Empty: a caller without a proxy, or one that the receiver cannot name. */
  readonly caller: string;
  readonly arm: Arm;
  readonly side: Side;
  /** Of a receiver: true where its caller is known to have no proxy. */
  readonly unproxied: boolean;
}

export class Cell {
  readonly name: CellName;
  readonly intervals = new Intervals();
  /** In the file, once it is declared there. */
  id: number | null = null;
  writtenBounds: readonly number[] | null = null;

  constructor(name: CellName) {
    this.name = name;
  }
}

export interface Move {
  readonly atMs: number;
  readonly canaryBp: number;
}

export class RouteBook {
  readonly route: RouteRef;
  readonly cells = new Map<string, Cell>();
  readonly targets = new Map<string, Observed>();
  /** Intervals that were counted since they were last written down; `isTold`: by another collector. */
  gained: { readonly cell: Cell; readonly interval: Interval; readonly isTold?: true }[] = [];
  moves: readonly Move[] = [];
  /** Edge of slowness in ms, by the start of the time that is judged. */
  readonly slowEdges = new Map<number, number>();

  constructor(route: RouteRef) {
    this.route = route;
  }

  /** Undefined past the limit of cells. */
  cell(name: CellName): Cell | undefined {
    const { target, caller, arm, side, unproxied } = name;
    const key = JSON.stringify([target, caller, arm, side, unproxied]);
    const known = this.cells.get(key);
    if (known !== undefined || this.cells.size >= MAX_CELLS) return known;
    const made = new Cell(name);
    this.cells.set(key, made);
    this.observed(target);
    return made;
  }

  /** When a target was observed; made at first sight. */
  observed(target: string): Observed {
    const known = this.targets.get(target);
    if (known !== undefined) return known;
    const made = new Observed();
    this.targets.set(target, made);
    return made;
  }

  /** The weight was acknowledged, or found; the same move twice is one. False where it is known. */
  moved(move: Move): boolean {
    const last = this.moves.findLast(({ atMs }) => atMs <= move.atMs);
    if (last?.canaryBp === move.canaryBp) return false;
    const moves = [...this.moves.filter(({ atMs }) => atMs !== move.atMs), move];
    this.moves = moves.sort((a, b) => a.atMs - b.atMs).slice(-MAX_MOVES);
    return true;
  }

  chose(sinceMs: number, boundMs: number): void {
    this.slowEdges.set(sinceMs, boundMs);
    for (const first of this.slowEdges.keys()) if (this.slowEdges.size > MAX_EDGES) this.slowEdges.delete(first);
  }

  /** Requests of intervals that lie wholly after `sinceMs`, by caller. */
  callers(sinceMs: number): readonly CallerCounts[] {
    const own = this.sums(sinceMs, "sender");
    const beside = this.sums(sinceMs, "waypoint");
    for (const [caller, counts] of beside) if (!own.has(caller)) own.set(caller, counts);
    return [...own.entries()]
      .map(([caller, counts]) => ({ caller, ...counts }))
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => b.requests - a.requests);
  }

  /** Requests of callers that are known to have no proxy. */
  unproxied(sinceMs: number): { readonly requests: number; readonly canaryRequests: number } {
    const sums = [...this.sums(sinceMs, "receiver", true).values()];
    return sums.reduce(
      (all, { requests, canaryRequests }) => ({
        requests: all.requests + requests,
        canaryRequests: all.canaryRequests + canaryRequests,
      }),
      { requests: 0, canaryRequests: 0 },
    );
  }

  private sums(sinceMs: number, side: Side, unproxied = false) {
    const sums = new Map<string, { requests: number; canaryRequests: number }>();
    for (const { name, intervals } of this.cells.values()) {
      if (name.side !== side || name.unproxied !== unproxied) continue;
      const requests = intervals.requestsSince(sinceMs);
      const sum = sums.get(name.caller) ?? { requests: 0, canaryRequests: 0 };
      sum.requests += requests;
      if (name.arm === "canary") sum.canaryRequests += requests;
      sums.set(name.caller, sum);
    }
    return sums;
  }

  /** Forgets what is older than `beforeMs` and joins what is old. */
  settle(nowMs: number, beforeMs: number): void {
    const apart = this.moves.map(({ atMs }) => atMs);
    for (const [key, { name, intervals }] of this.cells) {
      const observed = this.targets.get(name.target);
      const isCovered = (fromMs: number, toMs: number) => observed?.isCovered(fromMs, toMs) === true;
      intervals.settle(beforeMs, { nowMs, apart, isCovered });
      if (intervals.length === 0) this.cells.delete(key);
    }
    const told = new Set([...this.cells.values()].map(({ name }) => name.target));
    for (const [target, observed] of this.targets) {
      observed.forgetBefore(beforeMs);
      if (!told.has(target) && observed.lastMs < beforeMs) this.targets.delete(target);
    }
    // The last one before is where the weight stood.
    const first = this.moves.findLastIndex(({ atMs }) => atMs < beforeMs);
    if (first > 0) this.moves = this.moves.slice(first);
  }

  get heldNumbers(): number {
    let sum = 0;
    for (const { intervals } of this.cells.values()) sum += intervals.heldNumbers;
    return sum;
  }

  /** How far apart the readings are of the targets that tell of it; undefined before any was read twice. */
  intervalMs(nowMs: number): number | undefined {
    const intervals = [...this.targets.values()].flatMap(({ intervalMs, lastMs }) =>
      intervalMs !== undefined && nowMs - lastMs < 5 * intervalMs ? [intervalMs] : [],
    );
    return intervals.length === 0 ? undefined : Math.max(...intervals);
  }
}
