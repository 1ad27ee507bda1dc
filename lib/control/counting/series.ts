/**
 * What was counted of routes → what the page of a rollout draws. In: books, from when, until when (Unix ms); out: steps of
 * equal length with the desired and the observed share, of each caller too, and both arms' rates, failures and latency;
 * their latency distributions; pods with their counts. An interval that lies over several steps is shared out by time:
 * that draws a line and proves nothing. A step that nobody observed is a gap.
 */
import type { ExplicitHistogram } from "../../model/histogram.ts";
import { quantile } from "../../model/histogram-quantile.ts";
import { digits4, digits4OrNull, ratio } from "../../query/numbers.ts";
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import { WHOLE_BP } from "../traffic/weights.ts";
import type { Interval } from "./intervals.ts";
import type { Cell, RouteBook } from "./route-book.ts";
import { commonBounds, tellingCells } from "./windows.ts";

type Series = RolloutDetail["series"];
type ArmSeries = Series["canary"];
type Split = NonNullable<RolloutDetail["splits"]>[number];

const STEPS = 200;
/** Callers with a line of their own: those with the most requests. */
const CALLERS = 20;

export interface StepsAsked {
  readonly fromMs: number;
  /** Up to when every target has told: the last step may end later, and is of the part before. */
  readonly toMs: number;
  /** No step is shorter: an increase cannot be told within one. */
  readonly leastMs: number;
}

class Steps {
  readonly stepMs: number;
  /** Ends of the steps. */
  readonly ends: readonly number[];
  private readonly firstMs: number;
  private readonly toMs: number;

  constructor({ fromMs, toMs, leastMs }: StepsAsked) {
    const span = Math.max(leastMs, toMs - fromMs);
    this.stepMs = Math.max(1, Math.ceil(span / STEPS / leastMs)) * leastMs;
    this.firstMs = Math.floor(fromMs / this.stepMs) * this.stepMs;
    this.toMs = toMs;
    // What is shorter than half a reading says nothing yet.
    const count = Math.max(1, Math.ceil((toMs - leastMs / 2 - this.firstMs) / this.stepMs));
    this.ends = Array.from({ length: count }, (_, i) => this.firstMs + (i + 1) * this.stepMs);
  }

  /** Calls back with each step that the interval has a part in, and that part of 1. */
  spread({ fromMs, toMs }: Interval, take: (step: number, part: number) => void): void {
    const length = toMs - fromMs;
    if (!(length > 0)) return;
    const first = Math.max(0, Math.floor((fromMs - this.firstMs) / this.stepMs));
    for (let step = first; step < this.ends.length; step++) {
      const start = this.firstMs + step * this.stepMs;
      if (start >= toMs) return;
      const part = (Math.min(toMs, start + this.stepMs, this.toMs) - Math.max(fromMs, start)) / length;
      if (part > 0) take(step, part);
    }
  }

  /** Seconds of a step that are told. */
  toldSec(step: number): number {
    const end = this.ends[step] ?? this.toMs;
    return Math.max(1, Math.min(end, this.toMs) - (end - this.stepMs)) / 1_000;
  }

  /** By step, whether any target was observed in it. */
  observed(books: readonly RouteBook[]): readonly boolean[] {
    const targets = books.flatMap((book) => [...book.targets.values()]);
    return this.ends.map((end) => targets.some((target) => target.within(end - this.stepMs, end) > 0));
  }
}

interface ArmSums {
  readonly requests: Float64Array;
  readonly failures: Float64Array;
  readonly buckets: readonly Float64Array[];
}

function armSums(cells: readonly Cell[], steps: Steps, bounds: readonly number[] | null): ArmSums {
  const size = steps.ends.length;
  const made = {
    requests: new Float64Array(size),
    failures: new Float64Array(size),
    buckets: steps.ends.map(() => new Float64Array(bounds === null ? 0 : bounds.length + 1)),
  };
  for (const { intervals } of cells) {
    const isTimed = bounds !== null && intervals.bounds !== null && intervals.bounds.join() === bounds.join();
    for (const interval of intervals.each()) {
      steps.spread(interval, (step, part) => {
        made.requests[step] = (made.requests[step] ?? 0) + interval.requests * part;
        made.failures[step] = (made.failures[step] ?? 0) + interval.failures * part;
        const counts = made.buckets[step];
        if (!isTimed || counts === undefined) return;
        for (const [i, count] of interval.buckets.entries()) counts[i] = (counts[i] ?? 0) + count * part;
      });
    }
  }
  return made;
}

function histogramOf(bounds: readonly number[], counts: Float64Array): ExplicitHistogram {
  return { scheme: "explicit", bounds, counts: Array.from(counts), sum: 0 };
}

function armSeries(sums: ArmSums, steps: Steps, seen: readonly boolean[], bounds: readonly number[] | null): ArmSeries {
  const at = (q: number) =>
    sums.buckets.map((counts) => {
      const found = bounds === null ? null : quantile(histogramOf(bounds, counts), q);
      return digits4OrNull(found?.value);
    });
  return {
    requestsPerSec: [...sums.requests].map((n, i) => (seen[i] === true ? digits4(n / steps.toldSec(i)) : null)),
    errorRatio: [...sums.requests].map((n, i) => digits4OrNull(ratio(sums.failures[i] ?? 0, n))),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

const cellsOf = (cells: readonly Cell[], arm: string): readonly Cell[] => cells.filter(({ name }) => name.arm === arm);

/** Canary's share of all that was counted, by step; null without requests. */
function shareBySteps(cells: readonly Cell[], steps: Steps): (number | null)[] {
  const canary = armSums(cellsOf(cells, "canary"), steps, null).requests;
  const all = armSums(cells, steps, null).requests;
  return [...all].map((requests, i) => digits4OrNull(ratio(canary[i] ?? 0, requests)));
}

function desiredBySteps({ moves }: RouteBook, steps: Steps): (number | null)[] {
  return steps.ends.map((end) => {
    const move = moves.findLast(({ atMs }) => atMs <= end);
    return move === undefined ? null : move.canaryBp / WHOLE_BP;
  });
}

/** Up to when every target that is still read has told, Unix ms; one that is silent for three readings holds up nobody. */
export function toldUntil(books: readonly RouteBook[], nowMs: number, intervalMs: number): number {
  const last = books.flatMap((book) => [...book.targets.values()].map(({ lastMs }) => lastMs));
  return Math.min(nowMs, ...last.filter((lastMs) => lastMs >= nowMs - 3 * intervalMs));
}

/** Of all routes together; desired: the first one's, as all are moved together. */
export function seriesOf(books: readonly RouteBook[], asked: StepsAsked): Series {
  const steps = new Steps(asked);
  const seen = steps.observed(books);
  const cells = books.flatMap(tellingCells);
  const [first] = books;
  const bounds = first === undefined ? null : commonBounds(first);
  const arm = (name: string) => armSeries(armSums(cellsOf(cells, name), steps, bounds), steps, seen, bounds);
  return {
    timesMs: [...steps.ends],
    desired: first === undefined ? steps.ends.map(() => null) : desiredBySteps(first, steps),
    observed: shareBySteps(cells, steps),
    canary: arm("canary"),
    stable: arm("stable"),
  };
}

/** Desired and observed share of one route, and the observed one of its callers. */
export function splitOf(book: RouteBook, asked: StepsAsked): Split {
  const steps = new Steps(asked);
  const cells = tellingCells(book);
  const requestsOf = new Map<string, number>();
  for (const { name, intervals } of cells) {
    const before = requestsOf.get(name.caller) ?? 0;
    requestsOf.set(name.caller, before + intervals.requestsSince(asked.fromMs));
  }
  const callers = [...requestsOf.entries()].sort((a, b) => b[1] - a[1]).slice(0, CALLERS);
  return {
    route: book.route.id,
    timesMs: [...steps.ends],
    desired: desiredBySteps(book, steps),
    observed: shareBySteps(cells, steps),
    callers: callers.map(([caller, requests]) => {
      const own = cells.filter(({ name }) => name.caller === caller);
      return { caller, requests, observed: shareBySteps(own, steps) };
    }),
    unproxied: book.unproxied(asked.fromMs),
  };
}

/** Latency of both arms in one and the same time; null where none was timed. */
export function latencyOf(books: readonly RouteBook[], sinceMs: number): RolloutDetail["latency"] {
  const [first] = books;
  const bounds = first === undefined ? null : commonBounds(first);
  if (bounds === null) return null;
  const cells = books.flatMap(tellingCells);
  const sum = (arm: string): number[] => {
    const counts = new Float64Array(bounds.length + 1);
    for (const { intervals } of cellsOf(cells, arm)) {
      if (intervals.bounds?.join() !== bounds.join()) continue;
      for (let i = intervals.firstAfter(sinceMs); i < intervals.length; i++) {
        for (const [at, count] of intervals.at(i).buckets.entries()) counts[at] = (counts[at] ?? 0) + count;
      }
    }
    return Array.from(counts);
  };
  return { boundsMs: [...bounds], canary: sum("canary"), stable: sum("stable") };
}
