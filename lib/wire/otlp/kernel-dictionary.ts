/**
 * Strings of one body by their bytes → ids. In: ranges the caller has checked. Out: ids from 0 up; equal strings share an
 * id but where more than 16 others crowd their slot, so that chosen collisions, or more strings than slots, cost ids and
 * not time. Lives as long as its owner: a slot is valid when its stamp is that of the current body.
 */
const SLOTS = 4096;
const MAX_PROBES = 16;
const KEEP_ENTRIES = 1 << 16;

export class Dictionary {
  private readonly slots = new Uint32Array(SLOTS);
  private readonly stamps = new Uint32Array(SLOTS);
  private epoch = 0;
  /** Start and end of each string. */
  entries = new Uint32Array(512);
  count = 0;

  reset(): void {
    this.count = 0;
    this.epoch += 1;
    if (this.entries.length > KEEP_ENTRIES) this.entries = new Uint32Array(512);
    if (this.epoch < 0xffffffff) return;
    this.stamps.fill(0);
    this.epoch = 1;
  }

  /** The hash takes length and three words; equality is checked on all bytes. */
  id(view: DataView, from: number, to: number): number {
    const length = to - from;
    let hash = Math.imul(length, 0x9e3779b1);
    if (length >= 4) {
      hash = Math.imul(hash ^ view.getInt32(from), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13) ^ view.getInt32(from + (length >>> 1) - 2), 0xc2b2ae35);
      hash = Math.imul(hash ^ (hash >>> 16) ^ view.getInt32(to - 4), 0x9e3779b1);
    } else for (let i = from; i < to; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
    hash ^= hash >>> 15;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      if (this.stamps[slot] !== this.epoch) {
        this.stamps[slot] = this.epoch;
        this.slots[slot] = this.count;
        break;
      }
      const id = this.slots[slot] ?? 0;
      if (this.equals(view, id, from, length)) return id;
    }
    return this.add(from, to);
  }

  private equals(view: DataView, id: number, from: number, length: number): boolean {
    const start = this.entries[id * 2] ?? 0;
    if ((this.entries[id * 2 + 1] ?? 0) - start !== length) return false;
    let i = 0;
    for (; i + 4 <= length; i += 4) if (view.getInt32(start + i) !== view.getInt32(from + i)) return false;
    for (; i < length; i++) if (view.getUint8(start + i) !== view.getUint8(from + i)) return false;
    return true;
  }

  private add(from: number, to: number): number {
    const id = this.count;
    if (id * 2 + 2 > this.entries.length) {
      const larger = new Uint32Array(this.entries.length * 2);
      larger.set(this.entries);
      this.entries = larger;
    }
    this.entries[id * 2] = from;
    this.entries[id * 2 + 1] = to;
    this.count = id + 1;
    return id;
  }
}
