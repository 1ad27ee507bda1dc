/**
 * Increases of one scraped histogram: cumulative `le` samples in, increments per bucket out. A lower bucket or count
 * resets the whole histogram; other bounds than last time make it a baseline, since its samples cannot be compared.
 */

import { sameBounds } from "../model/histogram-merge.ts";
import type { LatencyOf } from "../model/meaning.ts";
import type { MutableRow } from "./row-table.ts";

export class HistogramFold {
  owner: number;
  atMs = 0;
  /** Number of the owner's reading that last held it. */
  seenIn = -1;
  /** See `Counted`. */
  withheldIn = -1;
  readonly row: MutableRow;
  readonly of: LatencyOf;
  readonly toMs: number;
  private next: { le: number; count: number }[] = [];
  private nextSum = 0;
  private nextCount: number | null = null;
  private bounds: readonly number[] = [];
  private cumulative: readonly number[] = [];
  private sum = 0;
  private columnsFor: readonly number[] | null = null;
  private columns: readonly number[] | undefined;

  constructor(owner: number, row: MutableRow, of: LatencyOf, toMs: number) {
    this.owner = owner;
    this.row = row;
    this.of = of;
    this.toMs = toMs;
  }

  take(part: { readonly le: number } | "sum" | "count", value: number): void {
    if (part === "sum") this.nextSum = value;
    else if (part === "count") this.nextCount = value;
    else this.next.push({ le: part.le, count: value });
  }

  /** The row's columns for these bounds: buckets, then the sum. */
  columnsOf(bounds: readonly number[]): readonly number[] | undefined {
    if (this.columnsFor !== bounds) {
      this.columns = this.row.latency(this.of, bounds);
      this.columnsFor = bounds;
    }
    return this.columns;
  }

  /** Lets go of the samples of a reading that does not count. */
  discard(): void {
    this.next = [];
    this.nextCount = null;
  }

  /**
   * Ends a reading: remembers its samples, and returns what they add. `from` "zero": everything in them is new;
   * "last": the difference to the samples before; "baseline": nothing.
   */
  finish(from: "zero" | "last" | "baseline"): { bounds: readonly number[]; counts: number[]; sumMs: number } | null {
    const sorted = this.next.sort((a, b) => a.le - b.le);
    const finite = sorted.filter((bucket) => bucket.le !== Number.POSITIVE_INFINITY);
    const total = sorted[finite.length]?.count ?? this.nextCount ?? finite[finite.length - 1]?.count ?? 0;
    const cumulative = [...finite.map((bucket) => bucket.count), total];
    const bounds = finite.map((bucket) => Number((bucket.le * this.toMs).toPrecision(12)));
    const before = { bounds: this.bounds, cumulative: this.cumulative, sum: this.sum };
    const sum = this.nextSum;
    this.bounds = sameBounds(bounds, this.bounds) ? this.bounds : bounds;
    this.cumulative = cumulative;
    this.sum = sum;
    this.discard();
    if (from === "baseline" || bounds.length === 0) return null;
    if (from === "last" && this.bounds !== before.bounds) return null;
    const lower = cumulative.some((count, i) => count < (before.cumulative[i] ?? 0));
    const zero = from === "zero" || lower;
    const increase = cumulative.map((count, i) => (zero ? count : count - (before.cumulative[i] ?? 0)));
    const counts = increase.map((count, i) => Math.max(0, count - (i === 0 ? 0 : (increase[i - 1] ?? 0))));
    return { bounds: this.bounds, counts, sumMs: Math.max(0, zero ? sum : sum - before.sum) * this.toMs };
  }
}
