/**
 * The counters of one target in columns: last value, when and by which endpoint it was counted, and the row and columns it
 * adds to. In: keys of canonical series. Out: places, given again after the last endpoint that shows a series let go of it.
 * 31 bytes a series, and the table that finds a place by its key.
 */
const NONE = -1;
/** Bits of `flags`. */
export const REQUESTS = 1;
export const CLASS_ONLY = 2;
export const ACCRUED = 4;

export interface Key {
  readonly low: number;
  readonly high: number;
}

/** 64 bits of a text's hash: see the series table's keys, of which these are told in text. */
export function keyOfText(text: string): Key {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0xc2b2ae35);
    high ^= high >>> 15;
  }
  return { low, high: Math.imul(high ^ (high >>> 13), 0x85ebca6b) };
}

export class SeriesColumns {
  values = new Float64Array(16);
  /** Unix ms of the reading that last counted it. */
  times = new Float64Array(16);
  /** Number of the owner's reading that last counted it, -1 before the first. */
  seenIn = new Int32Array(16);
  /** Place of its row and of its column list in the target's own lists. */
  rows = new Int32Array(16);
  lists = new Int32Array(16);
  owners = new Uint16Array(16);
  flags = new Uint8Array(16);
  /** Endpoints that show it. */
  private holders = new Uint16Array(16);
  private lows = new Int32Array(16);
  private highs = new Int32Array(16);
  private slots = new Int32Array(32).fill(NONE);
  private made = 0;
  private dead = 0;
  private readonly free: number[] = [];

  /** Series held. */
  get size(): number {
    return this.made - this.free.length;
  }

  /** Places given out so far, free ones included. */
  get places(): number {
    return this.made;
  }

  get bytes(): number {
    return this.values.length * (8 * 2 + 4 * 5 + 2 * 2 + 1) + this.slots.length * 4;
  }

  find({ low, high }: Key): number {
    const mask = this.slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const place = this.slots[slot] ?? NONE;
      if (place === NONE) return NONE;
      if (this.lows[place] === low && this.highs[place] === high && this.holders[place] !== 0) return place;
    }
  }

  /** A place for a series that `find` did not find, held by one. */
  make(key: Key, owner: number, flags: number): number {
    if ((this.size + this.dead + 1) * 3 > this.slots.length * 2) this.rehash();
    const place = this.free.pop() ?? this.made++;
    if (place >= this.values.length) this.grow(Math.ceil(this.values.length * 1.5));
    this.values[place] = 0;
    this.times[place] = 0;
    this.seenIn[place] = NONE;
    this.owners[place] = owner;
    this.flags[place] = flags;
    this.holders[place] = 1;
    this.lows[place] = key.low;
    this.highs[place] = key.high;
    this.put(place);
    return place;
  }

  hold(place: number): void {
    this.holders[place] = (this.holders[place] ?? 0) + 1;
  }

  /** True where nobody shows it any more: its place is free. */
  release(place: number): boolean {
    const left = (this.holders[place] ?? 1) - 1;
    this.holders[place] = left;
    if (left > 0) return false;
    this.free.push(place);
    this.dead++;
    // The table holds free places until it is built anew, so a place is not given again before.
    if (this.free.length === this.dead && this.dead > 1024) this.rehash();
    return true;
  }

  private put(place: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.lows[place] ?? 0) & mask;
    while (this.slots[slot] !== NONE) slot = (slot + 1) & mask;
    this.slots[slot] = place;
  }

  private rehash(): void {
    const needed = (this.size + 1) * 2;
    let size = 32;
    while (size < needed) size *= 2;
    this.slots = new Int32Array(size).fill(NONE);
    this.dead = 0;
    for (let place = 0; place < this.made; place++) if (this.holders[place] !== 0) this.put(place);
  }

  private grow(size: number): void {
    const copied = <T extends Float64Array | Int32Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.values = copied(this.values, new Float64Array(size));
    this.times = copied(this.times, new Float64Array(size));
    this.seenIn = copied(this.seenIn, new Int32Array(size));
    this.rows = copied(this.rows, new Int32Array(size));
    this.lists = copied(this.lists, new Int32Array(size));
    this.owners = copied(this.owners, new Uint16Array(size));
    this.flags = copied(this.flags, new Uint8Array(size));
    this.holders = copied(this.holders, new Uint16Array(size));
    this.lows = copied(this.lows, new Int32Array(size));
    this.highs = copied(this.highs, new Int32Array(size));
  }
}
