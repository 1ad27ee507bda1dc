/** Bytes of bodies that are being received, translated or written: bounded, since a receiver reserves before it keeps. */
export class BytesInFlight {
  private readonly limit: number;
  private held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** False when there is no room; what was reserved is given back with `release`. */
  reserve(bytes: number): boolean {
    if (this.held + bytes > this.limit) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  get size(): number {
    return this.held;
  }
}
