/**
 * Series texts as bytes → entry numbers, without making strings: an open-addressing table over one arena of bytes. It
 * also remembers which entry followed which, since proxies print in the same order scrape after scrape: the expected
 * text is then compared in place of being looked up. In: byte ranges. Out: entry numbers, stable until `sweep`.
 * Not handled: texts made to collide; a scrape target that wants to harm has the sample limit to stop it.
 */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const NONE = -1;

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return hash;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

export class RawDictionary {
  /** Bytes of text held. */
  used = 0;
  private arena = new Uint8Array(4096);
  private count = 0;
  private slots = new Int32Array(256).fill(NONE);
  private starts = new Int32Array(64);
  private lengths = new Int32Array(64);
  private hashes = new Int32Array(64);
  private owners = new Int32Array(64);
  private stamps = new Int32Array(64);
  private followers = new Int32Array(64);

  get size(): number {
    return this.count;
  }

  owner(entry: number): number {
    return this.owners[entry] ?? NONE;
  }

  follower(entry: number): number {
    return this.followers[entry] ?? NONE;
  }

  follow(entry: number, next: number): void {
    this.followers[entry] = next;
  }

  touch(entry: number, stamp: number): void {
    this.stamps[entry] = stamp;
  }

  /** The end of `entry`'s text at `start` if it stands there, ends before `end` and is followed by a blank; else -1. */
  endOf(entry: number, bytes: Uint8Array, start: number, end: number): number {
    const length = this.lengths[entry] ?? 0;
    const stop = start + length;
    if (length === 0 || stop >= end || !isBlank(bytes[stop] ?? 0)) return NONE;
    return this.equals(entry, bytes, start) ? stop : NONE;
  }

  private equals(entry: number, bytes: Uint8Array, start: number): boolean {
    const { arena } = this;
    const length = this.lengths[entry] ?? 0;
    const from = this.starts[entry] ?? 0;
    // Series of one family share their first bytes: the last ones tell them apart sooner.
    for (let i = length - 1; i >= 0; i--) if (arena[from + i] !== bytes[start + i]) return false;
    return true;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot] ?? NONE;
      if (entry === NONE) return NONE;
      if (this.hashes[entry] === hash && this.lengths[entry] === end - start && this.equals(entry, bytes, start)) {
        return entry;
      }
    }
  }

  /** Adds a text that `find` did not find. */
  add(bytes: Uint8Array, start: number, end: number, owner: number): number {
    this.reserve(end - start);
    const entry = this.count++;
    this.arena.set(bytes.subarray(start, end), this.used);
    this.starts[entry] = this.used;
    this.lengths[entry] = end - start;
    this.used += end - start;
    this.hashes[entry] = hashOf(bytes, start, end);
    this.owners[entry] = owner;
    this.stamps[entry] = 0;
    this.followers[entry] = NONE;
    this.place(entry);
    return entry;
  }

  private place(entry: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.hashes[entry] ?? 0) & mask;
    while (this.slots[slot] !== NONE) slot = (slot + 1) & mask;
    this.slots[slot] = entry;
  }

  private reserve(length: number): void {
    if (this.used + length > this.arena.length) {
      const arena = new Uint8Array(Math.max(this.arena.length * 2, this.used + length));
      arena.set(this.arena.subarray(0, this.used));
      this.arena = arena;
    }
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts);
      this.lengths = grown(this.lengths);
      this.hashes = grown(this.hashes);
      this.owners = grown(this.owners);
      this.stamps = grown(this.stamps);
      this.followers = grown(this.followers);
    }
    // Half empty at least, so that a miss is found out after a step or two.
    if ((this.count + 1) * 2 > this.slots.length) {
      this.slots = new Int32Array(this.slots.length * 2).fill(NONE);
      for (let entry = 0; entry < this.count; entry++) this.place(entry);
    }
  }

  /** Whether a sweep would drop anything. */
  hasOlder(oldest: number): boolean {
    for (let entry = 0; entry < this.count; entry++) if ((this.stamps[entry] ?? 0) < oldest) return true;
    return false;
  }

  /** A dictionary of the entries touched at `oldest` or later; `onDropped` hears the owners of the others. */
  sweep(oldest: number, onDropped: (owner: number) => void): RawDictionary {
    const next = new RawDictionary();
    for (let entry = 0; entry < this.count; entry++) {
      const stamp = this.stamps[entry] ?? 0;
      const start = this.starts[entry] ?? 0;
      if (stamp < oldest) onDropped(this.owner(entry));
      else next.touch(next.add(this.arena, start, start + (this.lengths[entry] ?? 0), this.owner(entry)), stamp);
    }
    return next;
  }
}
