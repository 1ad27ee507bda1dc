/**
 * What is known of each series of one endpoint, in columns: its ids, when it was last seen, and what becomes of its samples.
 * A group is one canonical series, in however many spellings it is printed. In: keys and meanings' counts. Out: group
 * numbers, given again after `release`. A key is 64 bits of the canonical text's hash: of 200,000 series at one endpoint
 * two share one with a chance of 10^-9, and would then count as one.
 */
const NONE = -1;

/** What becomes of a sample; from `REFUSED` on, the place of its code in a list of refusals. */
export const PLAIN = 0;
export const CONVERTED = 1;
export const CREATED = 2;
export const MEANINGLESS = 3;
export const REFUSED = 4;

export interface SeriesKey {
  readonly low: number;
  readonly high: number;
}

/** Two hashes of 32 bits over the same text, with different seeds and multipliers and a last mixing (MurmurHash3's). */
export function keyOf(text: string): SeriesKey {
  let low = 0x9747b28c;
  let high = 0x5bd1e995;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x85ebca6b);
    high = Math.imul(high ^ unit, 0xc2b2ae35);
    low ^= low >>> 13;
    high ^= high >>> 15;
  }
  return { low: mixed(low ^ text.length), high: mixed(high + text.length) };
}

/** The same over bytes. */
export function bytesKey(bytes: Uint8Array, start: number, end: number): SeriesKey {
  let low = 0x9747b28c;
  let high = 0x5bd1e995;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    low = Math.imul(low ^ byte, 0x85ebca6b);
    high = Math.imul(high ^ byte, 0xc2b2ae35);
    low ^= low >>> 13;
    high ^= high >>> 15;
  }
  return { low: mixed(low ^ (end - start)), high: mixed(high + end - start) };
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

export class SeriesGroups {
  /** Sequence number of the scrape that last had it. */
  seen = new Int32Array(64);
  /** See `PLAIN`. */
  fates = new Uint8Array(64);
  firstIds = new Int32Array(64);
  idCounts = new Uint8Array(64);
  /** Groups in use. */
  live = 0;
  private spellings = new Int32Array(64);
  private lows = new Int32Array(64);
  private highs = new Int32Array(64);
  private slots = new Int32Array(128).fill(NONE);
  private made = 0;
  private readonly free: number[] = [];
  private nextId = 0;
  /** Runs of ids given back, by their length. */
  private readonly freeIds: number[][] = [];

  /** Bytes of memory held. */
  get bytes(): number {
    return this.seen.length * (4 * 5 + 2) + this.slots.length * 4 + this.free.length * 8;
  }

  /** Ids ever given out at a time. */
  get ids(): number {
    return this.nextId;
  }

  find({ low, high }: SeriesKey): number {
    const mask = this.slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const group = this.slots[slot] ?? NONE;
      if (group === NONE || (this.lows[group] === low && this.highs[group] === high)) return group;
    }
  }

  /** A group under a key that `find` did not find, with `ids` ids in a row. */
  make({ low, high }: SeriesKey, fate: number, ids: number): number {
    if ((this.live + 1) * 3 > this.slots.length * 2) this.rehash(this.slots.length * 2);
    const group = this.free.pop() ?? this.made++;
    if (group >= this.seen.length) this.grow(Math.ceil(this.seen.length * 1.5));
    this.seen[group] = 0;
    this.fates[group] = fate;
    this.idCounts[group] = ids;
    this.firstIds[group] = this.takeIds(ids);
    this.spellings[group] = 0;
    this.lows[group] = low;
    this.highs[group] = high;
    this.live++;
    this.place(group);
    return group;
  }

  /** The first of `ids` ids in a row, all free until now. */
  takeIds(ids: number): number {
    const first = this.freeIds[ids]?.pop();
    if (first !== undefined || ids === 0) return first ?? NONE;
    this.nextId += ids;
    return this.nextId - ids;
  }

  spelled(group: number): void {
    this.spellings[group] = (this.spellings[group] ?? 0) + 1;
  }

  /** One spelling went. True where it was the last: the group and its ids are free, and `settle` has to follow. */
  release(group: number): boolean {
    const left = (this.spellings[group] ?? 0) - 1;
    this.spellings[group] = left;
    if (left > 0) return false;
    const ids = this.idCounts[group] ?? 0;
    const runs = this.freeIds[ids] ?? [];
    this.freeIds[ids] = runs;
    if (ids > 0) runs.push(this.firstIds[group] ?? 0);
    this.idCounts[group] = 0;
    this.free.push(group);
    this.spellings[group] = NONE;
    this.live--;
    return true;
  }

  /** Makes released groups unfindable. */
  settle(): void {
    this.rehash(this.slots.length);
  }

  private rehash(size: number): void {
    this.slots = new Int32Array(size).fill(NONE);
    for (let group = 0; group < this.made; group++) if (this.spellings[group] !== NONE) this.place(group);
  }

  private place(group: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.lows[group] ?? 0) & mask;
    while (this.slots[slot] !== NONE) slot = (slot + 1) & mask;
    this.slots[slot] = group;
  }

  private grow(size: number): void {
    const ints = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const next = new Int32Array(size);
      next.set(array);
      return next;
    };
    const bytes = (array: Uint8Array): Uint8Array<ArrayBuffer> => {
      const next = new Uint8Array(size);
      next.set(array);
      return next;
    };
    this.seen = ints(this.seen);
    this.fates = bytes(this.fates);
    this.firstIds = ints(this.firstIds);
    this.idCounts = bytes(this.idCounts);
    this.spellings = ints(this.spellings);
    this.lows = ints(this.lows);
    this.highs = ints(this.highs);
  }
}
