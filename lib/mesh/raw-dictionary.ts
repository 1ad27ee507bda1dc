/**
 * Series texts as bytes → entry numbers, without making strings: an open-addressing table over one arena of bytes. It
 * also remembers which entry followed which, since proxies print in the same order scrape after scrape: the expected
 * text is then compared in place of being looked up. Of a text only what differs from the one printed before it is kept,
 * for a proxy's series share nine tenths of their bytes with their neighbours; where that neighbour was just read in the
 * same body, the shared part is compared within the body. In: byte ranges. Out: entry numbers, stable until `sweep`.
 * Not handled: texts made to collide; a scrape target that wants to harm has the sample limit to stop it.
 */
import { commonLength, sameRange } from "../wire/exposition/kernel-compare.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const NONE = -1;
/** Every so many neighbours a text is kept whole, so that any can be put together in as many steps. */
const MAX_DEPTH = 16;
const MAX_PREFIX = 65_535;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return hash;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

function grown<T extends Int32Array | Uint16Array | Uint8Array>(array: T, next: T): T {
  next.set(array);
  return next;
}

export class RawDictionary {
  /** Bytes of text held. */
  used = 0;
  private arena = new Uint8Array(4096);
  private arenaView = new DataView(this.arena.buffer);
  private count = 0;
  private slots = new Int32Array(256).fill(NONE);
  /** Where the kept part of a text begins in the arena, and the length of the whole. */
  private starts = new Int32Array(64);
  private lengths = new Int32Array(64);
  /** The text before it in the body that brought it, how much of that it shares, and how many such steps lie behind. */
  private bases = new Int32Array(64);
  private prefixes = new Uint16Array(64);
  private depths = new Uint8Array(64);
  private hashes = new Int32Array(64);
  private owners = new Int32Array(64);
  private stamps = new Int32Array(64);
  private followers = new Int32Array(64);
  private scratch = new Uint8Array(1024);
  private body: Uint8Array = NO_BYTES;
  private view: DataView = NO_VIEW;
  /** The entry read last in this body, and where it stands. */
  private lastEntry = NONE;
  private lastStart = 0;

  get size(): number {
    return this.count;
  }

  /** Bytes of memory held, all tables included. */
  get bytes(): number {
    const each = 4 * 7 + 2 + 1;
    return this.arena.length + this.slots.length * 4 + this.starts.length * each + this.scratch.length;
  }

  /** All byte ranges from here on are of `bytes`. */
  begin(bytes: Uint8Array): void {
    this.body = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.lastEntry = NONE;
  }

  /** The body is no longer held: each target's last one, together, would be more than all tables. */
  release(): void {
    this.body = NO_BYTES;
    this.view = NO_VIEW;
  }

  owner(entry: number): number {
    return this.owners[entry] ?? NONE;
  }

  /** `entry` stands at `start`, after what was read before it: from now on it is expected there. */
  read(entry: number, start: number, stamp: number): void {
    if (this.lastEntry !== NONE) this.followers[this.lastEntry] = entry;
    this.stamps[entry] = stamp;
    this.lastEntry = entry;
    this.lastStart = start;
  }

  /** What followed the entry read last, when that was read before; -1 for nothing known. */
  get expected(): number {
    return this.lastEntry === NONE ? NONE : (this.followers[this.lastEntry] ?? NONE);
  }

  /** The end of `entry`'s text at `start` if it stands there, ends before `end` and is followed by a blank; else -1. */
  endOf(entry: number, start: number, end: number): number {
    const length = this.lengths[entry] ?? 0;
    const stop = start + length;
    if (length === 0 || stop >= end || !isBlank(this.body[stop] ?? 0)) return NONE;
    return this.stands(entry, start, length) ? stop : NONE;
  }

  /** Whether the text of `entry`, `length` bytes, is what stands at `start`. */
  private stands(entry: number, start: number, length: number): boolean {
    const prefix = this.prefixes[entry] ?? 0;
    // What is kept of a text differs from its neighbours: it tells sooner.
    if (!sameRange(this.view, start + prefix, this.arenaView, this.starts[entry] ?? 0, length - prefix)) return false;
    if (prefix === 0) return true;
    const base = this.bases[entry] ?? NONE;
    if (base === this.lastEntry) return commonLength(this.view, this.lastStart, start, prefix) === prefix;
    this.put(base, prefix);
    return sameRange(this.view, start, new DataView(this.scratch.buffer), 0, prefix);
  }

  /** The first `length` bytes of the text of `from`, into the scratch. */
  private put(from: number, length: number): void {
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2);
    const { scratch, arena } = this;
    let entry = from;
    let left = length;
    while (left > 0) {
      const prefix = this.prefixes[entry] ?? 0;
      const offset = (this.starts[entry] ?? 0) - prefix;
      for (let at = prefix; at < left; at++) scratch[at] = arena[offset + at] ?? 0;
      left = Math.min(left, prefix);
      entry = this.bases[entry] ?? NONE;
    }
  }

  /** The text of `entry`; only lent, until the next call. */
  textOf(entry: number): Uint8Array {
    const length = this.lengths[entry] ?? 0;
    this.put(entry, length);
    return this.scratch.subarray(0, length);
  }

  find(start: number, end: number): number {
    const hash = hashOf(this.body, start, end);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot] ?? NONE;
      if (entry === NONE) return NONE;
      if (this.hashes[entry] !== hash || this.lengths[entry] !== end - start) continue;
      if (this.stands(entry, start, end - start)) return entry;
    }
  }

  /** Adds a text that `find` did not find. */
  add(start: number, end: number, owner: number): number {
    const base = this.lastEntry;
    const deep = base === NONE || (this.depths[base] ?? 0) >= MAX_DEPTH;
    const most = deep ? 0 : Math.min(end - start, this.lengths[base] ?? 0, MAX_PREFIX);
    const prefix = commonLength(this.view, this.lastStart, start, most);
    return this.insert(this.body.subarray(start, end), prefix, base, owner);
  }

  private insert(text: Uint8Array, prefix: number, base: number, owner: number): number {
    this.reserve(text.length - prefix);
    const entry = this.count++;
    this.arena.set(text.subarray(prefix), this.used);
    this.starts[entry] = this.used;
    this.lengths[entry] = text.length;
    this.prefixes[entry] = prefix;
    this.bases[entry] = prefix === 0 ? NONE : base;
    this.depths[entry] = prefix === 0 ? 0 : (this.depths[base] ?? 0) + 1;
    this.used += text.length - prefix;
    this.hashes[entry] = hashOf(text, 0, text.length);
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
      const size = Math.max(Math.ceil(this.arena.length * 1.5), this.used + length);
      this.arena = grown(this.arena.subarray(0, this.used), new Uint8Array(size));
      this.arenaView = new DataView(this.arena.buffer);
    }
    if (this.count === this.starts.length) this.grow(Math.ceil(this.count * 1.5));
    // A third empty at least, so that a miss is found out after a few steps.
    if ((this.count + 1) * 3 > this.slots.length * 2) {
      this.slots = new Int32Array(this.slots.length * 2).fill(NONE);
      for (let entry = 0; entry < this.count; entry++) this.place(entry);
    }
  }

  private grow(size: number): void {
    this.starts = grown(this.starts, new Int32Array(size));
    this.lengths = grown(this.lengths, new Int32Array(size));
    this.bases = grown(this.bases, new Int32Array(size));
    this.prefixes = grown(this.prefixes, new Uint16Array(size));
    this.depths = grown(this.depths, new Uint8Array(size));
    this.hashes = grown(this.hashes, new Int32Array(size));
    this.owners = grown(this.owners, new Int32Array(size));
    this.stamps = grown(this.stamps, new Int32Array(size));
    this.followers = grown(this.followers, new Int32Array(size));
  }

  /** Entries that a sweep would drop. */
  older(oldest: number): number {
    let found = 0;
    for (let entry = 0; entry < this.count; entry++) if ((this.stamps[entry] ?? 0) < oldest) found++;
    return found;
  }

  /** A dictionary of the entries read at `oldest` or later; `onDropped` hears the owners of the others. */
  sweep(oldest: number, onDropped: (owner: number) => void): RawDictionary {
    const next = new RawDictionary();
    const places = new Int32Array(this.count).fill(NONE);
    let last = new Uint8Array(0);
    for (let entry = 0; entry < this.count; entry++) {
      const stamp = this.stamps[entry] ?? 0;
      if (stamp < oldest) {
        onDropped(this.owner(entry));
        continue;
      }
      const text = this.textOf(entry).slice();
      const base = next.count - 1;
      let prefix = 0;
      if (base >= 0 && (next.depths[base] ?? 0) < MAX_DEPTH) {
        while (prefix < Math.min(text.length, last.length, MAX_PREFIX) && text[prefix] === last[prefix]) prefix++;
      }
      places[entry] = next.insert(text, prefix, base, this.owner(entry));
      next.stamps[next.count - 1] = stamp;
      last = text;
    }
    for (let entry = 0; entry < this.count; entry++) {
      const place = places[entry] ?? NONE;
      if (place !== NONE) next.followers[place] = places[this.followers[entry] ?? NONE] ?? NONE;
    }
    return next;
  }
}
