/**
 * Increases of one scraped histogram: cumulative `le` samples in, increments per bucket out. A lower bucket or count
 * resets the whole histogram; other bounds than last time make it a baseline, since its samples cannot be compared.
 * Buckets have places in the order in which they were first seen; between readings only their last values are kept.
 */
import { sameBounds } from "../model/histogram-merge.ts";
import type { LatencyOf } from "../model/meaning.ts";
import type { BucketOrder, BucketOrders } from "./bucket-order.ts";
import type { MutableRow } from "./mutable-row.ts";

/** Places of the samples that are no bucket. */
export const SUM = -1;
export const COUNT = -2;

/** What one histogram added in one reading; overwritten by the next one. */
export class AddedLatency {
  /** Cumulative counts, in the order of bounds, the last without one. */
  cumulative = new Float64Array(64);
  /** What the reading adds: per bucket, and after the last of them the sum in ms. */
  increases = new Float64Array(64);
  /** Of `increases`: the buckets and the sum. */
  size = 0;

  reset(buckets: number): void {
    this.size = buckets + 1;
    if (buckets < this.increases.length) return;
    this.cumulative = new Float64Array(buckets * 2);
    this.increases = new Float64Array(buckets * 2);
  }
}

export interface HistogramKind {
  readonly of: LatencyOf;
  readonly toMs: number;
  /** True for the sum of histograms past a limit. */
  readonly accrued: boolean;
}

export class HistogramFold {
  owner: number;
  atMs = 0;
  /** Number of the owner's reading that last held it. */
  seenIn = -1;
  /** See `Counted`. */
  withheldIn = -1;
  /** Place of its row in the target's list. */
  readonly row: number;
  readonly kind: HistogramKind;
  /** Samples of it in the reading under way. */
  taken = 0;
  /** A count of the reading under way is below zero: none of it can be counted. */
  isNegative = false;
  /** Series of endpoints that are bound to it. */
  holders = 0;
  /** Bounds of the last reading that counted. */
  counted: BucketOrder;
  private readonly orders: BucketOrders;
  private order: BucketOrder;
  /** Upper bounds by place. */
  private les: readonly number[] = [];
  /** By place: this reading's value, NaN for none. */
  private next: number[] = [];
  private nextSum = 0;
  private nextCount = Number.NaN;
  private cumulative: number[] = [];
  private sum = 0;
  private firstFor: { readonly row: MutableRow; readonly bounds: readonly number[]; readonly first: number } | null =
    null;

  constructor(owner: number, row: number, kind: HistogramKind, orders: BucketOrders) {
    this.owner = owner;
    this.row = row;
    this.kind = kind;
    this.orders = orders;
    this.order = orders.none;
    this.counted = orders.none;
  }

  /** The place of a bucket, made at first sight. */
  placeOf(le: number): number {
    const known = this.les.indexOf(le);
    if (known >= 0) return known;
    const les = [...this.les, le];
    this.order = this.orders.of(les, this.kind.toMs);
    this.les = les;
    this.next.push(Number.NaN);
    return les.length - 1;
  }

  /** Buckets that have a place, whether printed still or not. */
  get places(): number {
    return this.les.length;
  }

  take(place: number, value: number): void {
    this.taken++;
    this.isNegative ||= value < 0 && place !== SUM;
    if (place >= 0) this.next[place] = value;
    else if (place === SUM) this.nextSum = value;
    else this.nextCount = value;
  }

  /** Lets go of the samples of a reading. */
  discard(): void {
    this.taken = 0;
    this.isNegative = false;
    this.next.fill(Number.NaN);
    this.nextCount = Number.NaN;
  }

  /** The buckets of this reading: all that have a place, but where some were not printed. */
  private present(): BucketOrder {
    const { next } = this;
    let missing = false;
    for (let place = 0; place < next.length; place++) missing ||= Number.isNaN(next[place]);
    if (!missing) return this.order;
    const les = this.les.map((le, place) => (Number.isNaN(next[place]) ? Number.NaN : le));
    return this.orders.of(les, this.kind.toMs);
  }

  /**
   * Ends a reading: remembers its samples, and puts what they add into `added`. `from` "zero": everything in them is new;
   * "last": the difference to the samples before; "baseline": nothing. False where they add nothing.
   */
  finish(from: "zero" | "last" | "baseline", added: AddedLatency): boolean {
    const order = this.present();
    const { places, open, bounds } = order;
    const { next, cumulative: before } = this;
    const size = places.length + 1;
    added.reset(size);
    const { cumulative } = added;
    for (let i = 0; i < places.length; i++) cumulative[i] = next[places[i] ?? 0] ?? 0;
    const last = places.length === 0 ? 0 : (cumulative[places.length - 1] ?? 0);
    const count = Number.isNaN(this.nextCount) ? last : this.nextCount;
    cumulative[places.length] = open < 0 ? count : (next[open] ?? 0);
    const comparable = bounds === this.counted.bounds || sameBounds(bounds, this.counted.bounds);
    const counts = from !== "baseline" && places.length > 0 && (from === "zero" || comparable);
    const any = counts && this.add(from === "zero" || !comparable, added);
    if (before.length === size) for (let i = 0; i < size; i++) before[i] = cumulative[i] ?? 0;
    else this.cumulative = Array.from(cumulative.subarray(0, size));
    this.counted = order;
    this.sum = this.nextSum;
    this.discard();
    return any;
  }

  private add(fresh: boolean, { cumulative, increases, size }: AddedLatency): boolean {
    const buckets = size - 1;
    const before = this.cumulative;
    let zero = fresh;
    for (let i = 0; i < buckets && !zero; i++) zero = (cumulative[i] ?? 0) < (before[i] ?? 0);
    let below = 0;
    let any = false;
    for (let i = 0; i < buckets; i++) {
      const increase = (cumulative[i] ?? 0) - (zero ? 0 : (before[i] ?? 0));
      const own = Math.max(0, increase - below);
      below = increase;
      increases[i] = own;
      any ||= own > 0;
    }
    increases[buckets] = Math.max(0, zero ? this.nextSum : this.nextSum - this.sum) * this.kind.toMs;
    return any;
  }

  /** The first of the row's columns for what was added: buckets, then the sum; -1 where the row has no room for them. */
  firstColumn(row: MutableRow): number {
    const { bounds } = this.counted;
    const known = this.firstFor;
    if (known !== null && known.row === row && known.bounds === bounds) return known.first;
    const first = row.firstBucket(this.kind.of, bounds);
    this.firstFor = { row, bounds, first };
    return first;
  }
}
