/** The smallest rectangle about all that it was told of, in the unit of what it was told. */

/** Left, top, right, bottom. */
export type Bounds = readonly [number, number, number, number];

export class Extent {
  private left = Number.POSITIVE_INFINITY;
  private top = Number.POSITIVE_INFINITY;
  private right = Number.NEGATIVE_INFINITY;
  private bottom = Number.NEGATIVE_INFINITY;

  take(left: number, top: number, right = left, bottom = top): void {
    this.left = Math.min(this.left, left);
    this.top = Math.min(this.top, top);
    this.right = Math.max(this.right, right);
    this.bottom = Math.max(this.bottom, bottom);
  }

  /** Rectangles of four numbers each: left, top, width, height. */
  takeRects(rects: Float32Array): void {
    for (let b = 0; b + 3 < rects.length; b += 4) {
      const [l = 0, t = 0, w = 0, h = 0] = rects.subarray(b, b + 4);
      this.take(l, t, l + w, t + h);
    }
  }

  /** Null where there was nothing. */
  get bounds(): Bounds | null {
    return this.left > this.right ? null : [this.left, this.top, this.right, this.bottom];
  }
}
