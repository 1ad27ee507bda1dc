/**
 * The sum of many histograms, most of which have the same explicit bounds: those are added in place, so that a sum of
 * thousands makes one array. Equal to merging one after the other, but for the order of additions.
 */
import type { Histogram } from "./histogram.ts";
import { mergeHistograms, sameBounds } from "./histogram-merge.ts";

export class LatencySum {
  private bounds: readonly number[] | null = null;
  private readonly counts: number[] = [];
  private sum = 0;
  private raisedBy = 1;
  /** Of those with other bounds, or of another scheme. */
  private other: Histogram | null = null;

  add(histogram: Histogram): void {
    if (histogram.scheme !== "explicit" || (this.bounds !== null && !sameBounds(this.bounds, histogram.bounds))) {
      this.other = this.other === null ? histogram : mergeHistograms(this.other, histogram);
      return;
    }
    this.bounds ??= histogram.bounds;
    const { counts } = histogram;
    for (let i = 0; i < counts.length; i++) this.counts[i] = (this.counts[i] ?? 0) + (counts[i] ?? 0);
    this.sum += histogram.sum;
    this.raisedBy = Math.max(this.raisedBy, histogram.raisedBy ?? 1);
  }

  /** Null before the first. Nothing is added after it was read. */
  get histogram(): Histogram | null {
    const { bounds, counts, sum, raisedBy, other } = this;
    if (bounds === null) return other;
    const own: Histogram = { scheme: "explicit", bounds, counts, sum, ...(raisedBy > 1 ? { raisedBy } : {}) };
    return other === null ? own : mergeHistograms(own, other);
  }
}
