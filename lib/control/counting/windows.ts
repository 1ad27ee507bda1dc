/**
 * What was counted of a route → windows for the judge. In: a book, the time since when, how long a window is; out: per
 * metric, windows in order: an increase belongs to the window in which its interval ends, whole. The last windows without
 * a request are kept, so that silence is seen; those that not every target has told yet are left out. Both arms are told
 * by the same proxies: the callers' own, and waypoints for callers that have none.
 *
 * Errors by the one rule for failure. Latency: requests slower than an edge of the proxies' own buckets, the lowest that at
 * most 5 % of the stable arm's first timed requests were above; which edge it is does not depend on the canary. Halves: two
 * groups of the stable arm's pods, each as many as the canary has or half of them, as the proxies in front of them count.
 */
import type { Halves } from "../judge/dispersion.ts";
import type { MetricHistory, MetricWindow } from "../judge/verdict.ts";
import type { Interval } from "./intervals.ts";
import type { Cell, RouteBook } from "./route-book.ts";

export interface WindowsAsked {
  readonly sinceMs: number;
  /** End of the last window that every target has told. */
  readonly untilMs: number;
  readonly windowMs: number;
}

/** Of the stable arm, before an edge is chosen. */
const LEAST_TIMED = 200;
const SLOW_SHARE = 0.05;
/** Windows without a request that make the judge say "no data". */
const SILENT = 3;

interface ArmSum {
  requests: number;
  failures: number;
  buckets: Float64Array | null;
}

interface WindowSum {
  readonly canary: ArmSum;
  readonly stable: ArmSum;
  /** Of the stable arm's pods, by target. */
  readonly pods: Map<string, ArmSum>;
}

const noSum = (): ArmSum => ({ requests: 0, failures: 0, buckets: null });

function addTo(sum: ArmSum, interval: Interval, isTimed: boolean): void {
  sum.requests += interval.requests;
  sum.failures += interval.failures;
  if (!isTimed) return;
  sum.buckets ??= new Float64Array(interval.buckets.length);
  for (let i = 0; i < interval.buckets.length; i++) sum.buckets[i] = (sum.buckets[i] ?? 0) + (interval.buckets[i] ?? 0);
}

const isSame = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  a !== null && b !== null && a.length === b.length && a.every((bound, i) => bound === b[i]);

/** The bounds that most cells of callers have; others cannot stand beside them. */
export function commonBounds(book: RouteBook): readonly number[] | null {
  const votes = new Map<string, { bounds: readonly number[]; count: number }>();
  for (const { name, intervals } of book.cells.values()) {
    if (name.side === "receiver" || intervals.bounds === null) continue;
    const key = intervals.bounds.join();
    const vote = votes.get(key) ?? { bounds: intervals.bounds, count: 0 };
    votes.set(key, { ...vote, count: vote.count + intervals.length });
  }
  const best = [...votes.values()].sort((a, b) => b.count - a.count)[0];
  return best?.bounds ?? null;
}

/** Cells whose word proves a share: of callers' own proxies, and of waypoints for callers without one. */
export function tellingCells(book: RouteBook): readonly Cell[] {
  const cells = [...book.cells.values()];
  const own = new Set(cells.filter(({ name }) => name.side === "sender").map(({ name }) => name.caller));
  return cells.filter(({ name }) => name.side === "sender" || (name.side === "waypoint" && !own.has(name.caller)));
}

function eachSince({ intervals }: Cell, { sinceMs, untilMs }: WindowsAsked, take: (interval: Interval) => void): void {
  for (let i = intervals.firstAfter(sinceMs); i < intervals.length; i++) {
    const interval = intervals.at(i);
    if (interval.toMs > untilMs) return;
    if (interval.fromMs >= sinceMs) take(interval);
  }
}

function sumWindows(book: RouteBook, asked: WindowsAsked, bounds: readonly number[] | null) {
  const windows = new Map<number, WindowSum>();
  const windowOf = (toMs: number): WindowSum => {
    const end = Math.ceil(toMs / asked.windowMs) * asked.windowMs;
    const known = windows.get(end);
    if (known !== undefined) return known;
    const made = { canary: noSum(), stable: noSum(), pods: new Map() };
    windows.set(end, made);
    return made;
  };
  for (const cell of tellingCells(book)) {
    const { arm } = cell.name;
    if (arm === "other") continue;
    const isTimed = isSame(bounds, cell.intervals.bounds);
    eachSince(cell, asked, (interval) => addTo(windowOf(interval.toMs)[arm], interval, isTimed));
  }
  const canaryPods = new Set<string>();
  for (const cell of book.cells.values()) {
    const { side, arm, target } = cell.name;
    if (side !== "receiver" || arm === "other") continue;
    const isTimed = isSame(bounds, cell.intervals.bounds);
    eachSince(cell, asked, (interval) => {
      if (arm === "canary") canaryPods.add(target);
      else {
        const { pods } = windowOf(interval.toMs);
        const sum = pods.get(target) ?? noSum();
        addTo(sum, interval, isTimed);
        pods.set(target, sum);
      }
    });
  }
  const ordered = [...windows.entries()].sort(([a], [b]) => a - b);
  return { windows: ordered, canaryPods: Math.max(1, canaryPods.size) };
}

type Bad = (sum: ArmSum) => { readonly requests: number; readonly bad: number };

const failed: Bad = ({ requests, failures }) => ({ requests, bad: Math.min(requests, failures) });

const slowerThan =
  (edge: number): Bad =>
  ({ buckets }) => {
    const counts = buckets ?? new Float64Array(0);
    let requests = 0;
    let bad = 0;
    for (const [i, count] of counts.entries()) {
      requests += count;
      if (i > edge) bad += count;
    }
    return { requests, bad };
  };

function halvesOf(pods: ReadonlyMap<string, ArmSum>, canaryPods: number, badOf: Bad): Halves | undefined {
  const size = Math.min(canaryPods, Math.floor(pods.size / 2));
  if (size < 1) return undefined;
  const ordered = [...pods.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => badOf(sum));
  const total = (from: number) =>
    ordered
      .slice(from, from + size)
      .reduce((all, { requests, bad }) => ({ requests: all.requests + requests, bad: all.bad + bad }), {
        requests: 0,
        bad: 0,
      });
  const [a, b] = [total(0), total(size)];
  return { aRequests: a.requests, bRequests: b.requests, aBad: a.bad, bBad: b.bad };
}

/** Index of the bucket whose upper bound is the edge; undefined before it can be chosen. */
function edgeOf(windows: readonly (readonly [number, WindowSum])[], bounds: readonly number[]): number | undefined {
  const first = new Float64Array(bounds.length + 1);
  let timed = 0;
  for (const [, { stable }] of windows) {
    if (timed >= LEAST_TIMED) break;
    for (const [i, count] of (stable.buckets ?? []).entries()) {
      first[i] = (first[i] ?? 0) + count;
      timed += count;
    }
  }
  if (timed < LEAST_TIMED) return undefined;
  let above = timed;
  for (let i = 0; i < bounds.length; i++) {
    above -= first[i] ?? 0;
    if (above <= SLOW_SHARE * timed) return i;
  }
  return undefined;
}

/** Chosen once: a metric keeps its name while old intervals are joined, and after a restart. */
function slowEdge(
  book: RouteBook,
  sinceMs: number,
  windows: readonly (readonly [number, WindowSum])[],
  bounds: readonly number[],
): number | undefined {
  const known = bounds.indexOf(book.slowEdges.get(sinceMs) ?? Number.NaN);
  if (known >= 0) return known;
  const edge = edgeOf(windows, bounds);
  const bound = edge === undefined ? undefined : bounds[edge];
  if (bound !== undefined) book.chose(sinceMs, bound);
  return edge;
}

/** Windows of three in a row at the end that have no request: the judge says "no data" by them. */
function silentEnds(lastMs: number, { untilMs, windowMs }: WindowsAsked): readonly number[] {
  const last = Math.floor(untilMs / windowMs) * windowMs;
  const silent: number[] = [];
  for (let end = last; end > lastMs && silent.length < SILENT; end -= windowMs) silent.unshift(end);
  return silent;
}

/** Errors first; none before a window is told. */
export function historiesOf(book: RouteBook, asked: WindowsAsked): readonly MetricHistory[] {
  const bounds = commonBounds(book);
  const { windows, canaryPods } = sumWindows(book, asked, bounds);
  if (windows.length === 0) return [];
  const silent = silentEnds(windows.at(-1)?.[0] ?? asked.sinceMs, asked);
  const history = (badOf: Bad): readonly MetricWindow[] => [
    ...windows.map(([atMs, { canary, stable, pods }]) => {
      const [c, p] = [badOf(canary), badOf(stable)];
      const halves = halvesOf(pods, canaryPods, badOf);
      const counts = { canaryRequests: c.requests, primaryRequests: p.requests, canaryBad: c.bad, primaryBad: p.bad };
      return { atMs, ...counts, ...(halves === undefined ? {} : { halves }) };
    }),
    ...silent.map((atMs) => ({ atMs, canaryRequests: 0, primaryRequests: 0, canaryBad: 0, primaryBad: 0 })),
  ];
  const errors = { name: "errors", kind: "errors", windows: history(failed) } as const;
  const edge = bounds === null ? undefined : slowEdge(book, asked.sinceMs, windows, bounds);
  if (edge === undefined) return [errors];
  const name = `slower than ${bounds?.[edge]} ms`;
  return [errors, { name, kind: "latency", windows: history(slowerThan(edge)) }];
}
