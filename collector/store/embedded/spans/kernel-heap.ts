/**
 * The bytes of a block that is being filled: values of attributes, each once where it comes again, and what predicts the
 * next attribute. In: ranges of bodies that the caller has checked. Bytes are compared and copied a word at a time, since
 * a call of `set` or `subarray` costs more than a short value.
 */
export class Heap {
  bytes: Uint8Array;
  view: DataView;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  shrink(capacity: number): void {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `more` bytes; what was written keeps its place. */
  room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** Writes `from[start, end)` at `at`, where there is room. */
  put(at: number, from: DataView, start: number, end: number): void {
    const { view } = this;
    let to = at;
    let p = start;
    for (; p + 4 <= end; p += 4, to += 4) view.setInt32(to, from.getInt32(p));
    for (; p < end; p++, to++) view.setUint8(to, from.getUint8(p));
  }

  /** Whether all of `length` bytes from each place are the same: no branch for a word, since they nearly always are. */
  equal(at: number, from: DataView, start: number, length: number): boolean {
    const { view } = this;
    let differ = 0;
    let i = 0;
    for (; i + 8 <= length; i += 8) {
      differ |= view.getInt32(at + i) ^ from.getInt32(start + i);
      differ |= view.getInt32(at + i + 4) ^ from.getInt32(start + i + 4);
    }
    for (; i < length; i++) differ |= view.getUint8(at + i) ^ from.getUint8(start + i);
    return differ === 0;
  }

  /** Bytes that are the same, of `length` from each place. */
  common(at: number, from: DataView, start: number, length: number): number {
    const { view } = this;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (view.getInt32(at + i) !== from.getInt32(start + i)) break;
    }
    for (; i < length; i++) {
      if (view.getUint8(at + i) !== from.getUint8(start + i)) break;
    }
    return i;
  }
}

/** Whether all of these bytes are ASCII. */
export function isAscii(view: DataView, from: number, to: number): boolean {
  let bits = 0;
  let i = from;
  for (; i + 4 <= to; i += 4) bits |= view.getInt32(i);
  for (; i < to; i++) bits |= view.getUint8(i);
  return (bits & 0x80808080) === 0;
}

/** By length and three words, as the dictionary of a body: equality is checked on all bytes. */
export function hashOf(view: DataView, from: number, to: number): number {
  const length = to - from;
  let hash = Math.imul(length + 1, 0x9e3779b1);
  if (length >= 4) {
    hash = Math.imul(hash ^ view.getInt32(from), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ view.getInt32(from + (length >>> 1) - 2), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ view.getInt32(to - 4), 0x9e3779b1);
  } else for (let i = from; i < to; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
  return hash ^ (hash >>> 15);
}

const MAX_PROBES = 16;
/** A column whose values rarely come again stops looking for them. */
const LOOK_AT = 512;
const NEW_SHARE = 0.6;

export function grown(words: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= words.length) return words;
  const larger = new Uint32Array(Math.max(words.length * 2, needed));
  larger.set(words);
  return larger;
}

/** All values of one attribute key, in the order of the spans that have it. */
export class KeyColumn {
  id = 0;
  name = "";
  /** Which of EXTRAS it is; −1 for an attribute. */
  extra = -1;
  /** By occurrence, the entry that has its value. */
  values = new Uint32Array(64);
  count = 0;
  /** By entry, where its value lies in the heap. */
  starts = new Uint32Array(32);
  ends = new Uint32Array(32);
  entries = 0;
  /** Values are no longer looked for. */
  plain = false;
  private hashes = new Uint32Array(32);
  private slots = new Int32Array(64).fill(-1);

  /** Empty again, for another key; what it has room for stays. */
  reset(id: number, name: string, extra: number): void {
    this.id = id;
    this.name = name;
    this.extra = extra;
    this.count = 0;
    this.entries = 0;
    this.plain = false;
    this.slots.fill(-1);
  }

  room(): number {
    return this.values.byteLength + this.slots.byteLength + 3 * this.starts.byteLength;
  }

  push(entry: number): void {
    this.values = grown(this.values, this.count + 1);
    this.values[this.count] = entry;
    this.count += 1;
  }

  /** The entry of the value `tag` + `from[start, end)`, or −1. */
  find(heap: Heap, tag: number, from: DataView, start: number, end: number): number {
    if (this.plain) return -1;
    const hash = hashOf(from, start, end);
    const mask = this.slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const entry = this.slots[(hash + probe) & mask] ?? -1;
      if (entry < 0) return -1;
      if (this.hashes[entry] !== hash >>> 0) continue;
      const at = this.starts[entry] ?? 0;
      const length = (this.ends[entry] ?? 0) - at - 1;
      if (length !== end - start || heap.bytes[at] !== tag) continue;
      if (heap.common(at + 1, from, start, length) === length) return entry;
    }
    return -1;
  }

  /** A new entry with that value. */
  add(heap: Heap, tag: number, from: DataView, start: number, end: number): number {
    const entry = this.entries;
    const size = end - start + 1;
    heap.room(size);
    const at = heap.length;
    heap.bytes[at] = tag;
    heap.put(at + 1, from, start, end);
    heap.length = at + size;
    this.starts = grown(this.starts, entry + 1);
    this.ends = grown(this.ends, entry + 1);
    this.starts[entry] = at;
    this.ends[entry] = at + size;
    this.entries = entry + 1;
    if (this.plain) return entry;
    this.hashes = grown(this.hashes, entry + 1);
    const hash = hashOf(from, start, end) >>> 0;
    this.hashes[entry] = hash;
    if (entry * 2 >= this.slots.length) this.rehash();
    else this.place(entry, hash);
    this.plain = entry >= LOOK_AT && entry > NEW_SHARE * this.count;
    return entry;
  }

  /** Where others crowd its slot an entry is not found again, and costs bytes instead of time. */
  private place(entry: number, hash: number): void {
    const mask = this.slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask;
      if ((this.slots[slot] ?? -1) >= 0) continue;
      this.slots[slot] = entry;
      return;
    }
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let entry = 0; entry < this.entries; entry++) this.place(entry, this.hashes[entry] ?? 0);
  }
}

/**
 * Where a span is among the orders of keys seen so far: after these keys, in this order. `raw` is the last attribute seen
 * here as it came, so that the same one is known by comparing bytes.
 */
export class ShapeNode {
  /** Null at the root. */
  readonly column: KeyColumn | null;
  readonly parent: ShapeNode | null;
  /** One of its keys stands on the way to it twice. */
  readonly repeats: boolean;
  rawAt = 0;
  rawLength = 0;
  private rawRoom = 0;
  /** Of `raw`: the key with what stands before it. */
  keyLength = 0;
  entry = 0;
  hint: ShapeNode | null = null;
  /** −1 until a span ends here. */
  shape = -1;
  combo = -1;
  private readonly children = new Map<number, ShapeNode>();

  constructor(column: KeyColumn | null, parent: ShapeNode | null) {
    this.column = column;
    this.parent = parent;
    let repeats = parent?.repeats === true;
    for (let above = parent; above !== null && !repeats; above = above.parent) repeats = above.column === column;
    this.repeats = repeats;
  }

  child(column: KeyColumn): ShapeNode | undefined {
    return this.children.get(column.id);
  }

  grow(column: KeyColumn): ShapeNode {
    const made = new ShapeNode(column, this);
    this.children.set(column.id, made);
    return made;
  }

  remember(heap: Heap, from: DataView, start: number, end: number, keyLength: number): void {
    const length = end - start;
    if (length > this.rawRoom) {
      heap.room(length + 16);
      this.rawAt = heap.length;
      this.rawRoom = length + 16;
      heap.length += this.rawRoom;
    }
    heap.put(this.rawAt, from, start, end);
    this.rawLength = length;
    this.keyLength = keyLength;
  }
}
