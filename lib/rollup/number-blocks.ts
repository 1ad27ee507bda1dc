/**
 * Many short arrays of numbers that live and are read together, cut from few long ones: an array of its own costs more
 * than its twenty numbers, in memory and in the time to reach them. Freed all at once, with the last of them.
 */
const BLOCK = 8_192;

export class NumberBlocks {
  private block = new Float64Array(0);
  private used = 0;

  /** `size` zeros. */
  take(size: number): Float64Array {
    if (this.used + size > this.block.length) {
      this.block = new Float64Array(Math.max(BLOCK, size));
      this.used = 0;
    }
    const taken = this.block.subarray(this.used, this.used + size);
    this.used += size;
    return taken;
  }
}
