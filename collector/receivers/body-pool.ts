/**
 * Buffers for bodies, used again: memory outside the heap that is new for every body brings on full collections of garbage,
 * each of which holds the event loop up, and costs a page fault every 4 KiB. In: how many bytes. Out: a buffer of at least so
 * many, lent until it is given back. Sizes are powers of two; a few of each are kept.
 */
const SMALLEST = 14;
const LARGEST = 21;
/** Kept in all. */
const KEEP_BYTES = 16 * 1024 * 1024;

export class BodyPool {
  private readonly free: Buffer[][] = Array.from({ length: LARGEST + 1 }, () => []);
  private kept = 0;

  /** Its contents are whatever was there before. */
  lend(bytes: number): Buffer {
    const size = Math.max(SMALLEST, 32 - Math.clz32(Math.max(1, bytes) - 1));
    if (size > LARGEST) return Buffer.allocUnsafeSlow(bytes);
    const known = this.free[size]?.pop();
    if (known === undefined) return Buffer.allocUnsafeSlow(2 ** size);
    this.kept -= known.length;
    return known;
  }

  /** Nobody looks at it any more. */
  giveBack(buffer: Buffer): void {
    const size = 31 - Math.clz32(buffer.length);
    const isOurs = size >= SMALLEST && size <= LARGEST && buffer.length === 2 ** size;
    if (!isOurs || this.kept + buffer.length > KEEP_BYTES) return;
    this.free[size]?.push(buffer);
    this.kept += buffer.length;
  }

  get bytes(): number {
    return this.kept;
  }
}

export const bodyPool = new BodyPool();
