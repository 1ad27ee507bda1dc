/**
 * What one cell counted: increases, each with the interval [fromMs, toMs] in which it was observed, by rising `toMs`. A
 * cell is one target's word on one caller and arm. In: increases; out: sums of the intervals that lie wholly after a time.
 * Old intervals are joined with their neighbours, never across a time that is kept apart (a weight that moved) nor across
 * one that was not observed: a joined interval is as exact as its parts, only longer.
 *
 * Numbers of an interval: from, to, requests, failures, and the counts of the latency buckets where the cell has any.
 */

export const FROM = 0;
export const TO = 1;
export const REQUESTS = 2;
export const FAILURES = 3;
const HEAD = 4;

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly failures: number;
  /** Counts by bucket of the cell's bounds, one more than those; empty where nothing was timed. */
  readonly buckets: Float64Array;
}

/** How long intervals may be by their age: younger than `underMs`, they are joined to at most `toMs`. */
export const STEPS = [
  { underMs: 900_000, toMs: 0 },
  { underMs: 7_200_000, toMs: 60_000 },
  { underMs: Number.POSITIVE_INFINITY, toMs: 300_000 },
] as const;

export interface Joining {
  readonly nowMs: number;
  /** Times that no interval may be joined across, rising. */
  readonly apart: readonly number[];
  /** Whether the target was observed all the time between. */
  readonly isCovered: (fromMs: number, toMs: number) => boolean;
}

export class Intervals {
  /** Upper bounds of the buckets, ms; null before anything was timed. */
  bounds: readonly number[] | null = null;
  private numbers = new Float64Array(HEAD * 8);
  private size = 0;

  get length(): number {
    return this.size;
  }

  /** Numbers an interval takes. */
  get stride(): number {
    return HEAD + (this.bounds === null ? 0 : this.bounds.length + 1);
  }

  get heldNumbers(): number {
    return this.numbers.length;
  }

  get lastMs(): number {
    return this.size === 0 ? Number.NEGATIVE_INFINITY : this.number(this.size - 1, TO);
  }

  number(at: number, which: number): number {
    return this.numbers[at * this.stride + which] ?? 0;
  }

  /** False where the cell has other bounds already: these counts cannot stand beside its own. */
  withBounds(bounds: readonly number[]): boolean {
    if (this.bounds !== null) {
      return this.bounds.length === bounds.length && this.bounds.every((bound, i) => bound === bounds[i]);
    }
    const before = [...this.each()];
    this.bounds = bounds;
    this.numbers = new Float64Array(this.stride * Math.max(8, before.length * 2));
    this.size = 0;
    for (const interval of before) this.add(interval);
    return true;
  }

  add({ fromMs, toMs, requests, failures, buckets }: Interval): void {
    const { stride } = this;
    if ((this.size + 1) * stride > this.numbers.length) {
      const grown = new Float64Array(Math.ceil(this.size * 1.5 + 8) * stride);
      grown.set(this.numbers.subarray(0, this.size * stride));
      this.numbers = grown;
    }
    const at = this.size++ * stride;
    this.numbers.fill(0, at, at + stride);
    this.numbers.set([fromMs, toMs, requests, failures], at);
    this.numbers.set(buckets.subarray(0, stride - HEAD), at + HEAD);
  }

  at(index: number): Interval {
    const start = index * this.stride;
    return {
      fromMs: this.numbers[start + FROM] ?? 0,
      toMs: this.numbers[start + TO] ?? 0,
      requests: this.numbers[start + REQUESTS] ?? 0,
      failures: this.numbers[start + FAILURES] ?? 0,
      buckets: this.numbers.subarray(start + HEAD, start + this.stride),
    };
  }

  *each(): Generator<Interval> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  /** Index of the first interval that ends after `ms`. */
  firstAfter(ms: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.number(middle, TO) > ms) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Requests of the intervals that lie wholly after `sinceMs`. */
  requestsSince(sinceMs: number): number {
    let sum = 0;
    for (let i = this.firstAfter(sinceMs); i < this.size; i++) {
      if (this.number(i, FROM) >= sinceMs) sum += this.number(i, REQUESTS);
    }
    return sum;
  }

  /** Lets go of what ended before `beforeMs`, and joins what is old. */
  settle(beforeMs: number, joining: Joining): void {
    const kept: Interval[] = [];
    for (let i = this.firstAfter(beforeMs); i < this.size; i++) {
      const next = this.at(i);
      const last = kept.at(-1);
      const joined = last !== undefined && mayJoin(last, next, joining);
      if (joined) kept[kept.length - 1] = joinedOf(last, next);
      else kept.push({ ...next, buckets: next.buckets.slice() });
    }
    if (kept.length === this.size) return;
    this.size = 0;
    const { stride } = this;
    if (this.numbers.length > stride * (kept.length * 2 + 16)) {
      this.numbers = new Float64Array(stride * Math.ceil(kept.length * 1.5 + 8));
    }
    for (const interval of kept) this.add(interval);
  }
}

function mayJoin(last: Interval, next: Interval, { nowMs, apart, isCovered }: Joining): boolean {
  const age = nowMs - next.toMs;
  const longest = STEPS.find(({ underMs }) => age < underMs)?.toMs ?? 0;
  if (next.toMs - last.fromMs > longest) return false;
  if (apart.some((ms) => ms > last.fromMs && ms < next.toMs)) return false;
  return isCovered(last.fromMs, next.toMs);
}

function joinedOf(last: Interval, next: Interval): Interval {
  return {
    fromMs: Math.min(last.fromMs, next.fromMs),
    toMs: next.toMs,
    requests: last.requests + next.requests,
    failures: last.failures + next.failures,
    buckets: last.buckets.map((count, i) => count + (next.buckets[i] ?? 0)),
  };
}
