/**
 * What a span says of a call, but for its ids and times, by the bytes that it was read from. Spans of one service call after
 * call differ in ids and times alone, so that reading their attributes again gives the same again. In: the pieces of a
 * body that the reading depends on, its signature. Out: the reading, found by hash and told apart byte by byte. Bounded:
 * 20,000 signatures, 8 MiB; when it is full, it begins anew.
 *
 * A signature as it is kept: a word of the caller's, then each piece: its place (what it is), its length, its bytes.
 */
import type { Reading } from "../../lib/rollup/side-book.ts";

/** Null: such a span is part of no call. */
export type KeptReading = Reading | null;

const MAX_KNOWN = 20_000;
const MAX_BYTES = 8 * 1024 * 1024;
const SLOTS = 65_536;
const PIECE_BYTES = 4;
const HEAD_BYTES = 4;
/** Of one signature; more, or longer ones, are none. */
const MAX_PIECES = 64;
const MAX_SIGNATURE = 8_192;

export class SideMemo {
  /** Times that it was full. */
  begun = 0;
  /** Pieces of the signature at hand. */
  count = 0;
  private hash = 0;
  private length = 0;
  private readonly places = new Int32Array(MAX_PIECES);
  private readonly froms = new Int32Array(MAX_PIECES);
  private readonly tos = new Int32Array(MAX_PIECES);
  private prefix = { count: 0, hash: 0, length: 0 };
  private readonly slots = new Int32Array(SLOTS);
  private readonly hashes = new Int32Array(MAX_KNOWN + 1);
  private readonly starts = new Int32Array(MAX_KNOWN + 1);
  private readonly ends = new Int32Array(MAX_KNOWN + 1);
  private readonly readings: KeptReading[] = [null];
  private known = 0;
  private used = 0;
  private readonly arena = new Uint8Array(MAX_BYTES);
  private readonly kept = new DataView(this.arena.buffer);
  private view: DataView = new DataView(this.arena.buffer);

  /** The pieces that follow lie in this body; none is left of the last one's. */
  open(view: DataView): void {
    this.view = view;
    this.clear();
  }

  clear(): void {
    this.count = 0;
    this.hash = 0;
    this.length = HEAD_BYTES;
  }

  /** All pieces so far begin the signatures that follow, each begun with `rewind`. */
  markPrefix(): void {
    const { count, hash, length } = this;
    this.prefix = { count, hash, length };
  }

  rewind(): void {
    this.count = this.prefix.count;
    this.hash = this.prefix.hash;
    this.length = this.prefix.length;
  }

  /** `place`: what the piece is, below 65,536. False: the signature is too long to be one. */
  add(place: number, from: number, to: number): boolean {
    const { count, view } = this;
    this.length += PIECE_BYTES + to - from;
    if (count >= MAX_PIECES || this.length > MAX_SIGNATURE) return false;
    this.places[count] = place;
    this.froms[count] = from;
    this.tos[count] = to;
    this.count = count + 1;
    let hash = Math.imul(this.hash ^ (place + ((to - from) << 16)), 0x9e3779b1);
    let at = from;
    for (; at + 4 <= to; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    for (; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    this.hash = hash;
    return true;
  }

  private hashWith(head: number): number {
    const hash = Math.imul(this.hash ^ (this.hash >>> 13) ^ head, 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  /** Undefined: nothing like it was seen yet. */
  find(head: number): KeptReading | undefined {
    const hash = this.hashWith(head);
    for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const known = this.slots[slot] ?? 0;
      if (known === 0) return undefined;
      if (this.hashes[known] === hash && this.isSame(known, head)) return this.readings[known];
    }
  }

  private isSame(known: number, head: number): boolean {
    const { kept, view, count } = this;
    let at = this.starts[known] ?? 0;
    if ((this.ends[known] ?? 0) - at !== this.length || kept.getInt32(at) !== head) return false;
    at += HEAD_BYTES;
    for (let piece = 0; piece < count; piece++) {
      let from = this.froms[piece] ?? 0;
      const to = this.tos[piece] ?? 0;
      if (kept.getUint16(at) !== this.places[piece] || kept.getUint16(at + 2) !== to - from) return false;
      at += PIECE_BYTES;
      for (; from + 4 <= to; from += 4) {
        if (kept.getInt32(at) !== view.getInt32(from)) return false;
        at += 4;
      }
      for (; from < to; from++) if (kept.getUint8(at++) !== view.getUint8(from)) return false;
    }
    return true;
  }

  /** What the signature at hand, which `find` did not know, stands for. */
  keep(head: number, reading: KeptReading): void {
    if (this.known >= MAX_KNOWN || this.used + this.length > MAX_BYTES) this.begin();
    const { kept, view, count } = this;
    const known = ++this.known;
    let at = this.used;
    this.starts[known] = at;
    kept.setInt32(at, head);
    at += HEAD_BYTES;
    for (let piece = 0; piece < count; piece++) {
      const [from, to] = [this.froms[piece] ?? 0, this.tos[piece] ?? 0];
      kept.setUint16(at, this.places[piece] ?? 0);
      kept.setUint16(at + 2, to - from);
      at += PIECE_BYTES;
      for (let i = from; i < to; i++) kept.setUint8(at++, view.getUint8(i));
    }
    this.ends[known] = at;
    this.used = at;
    this.readings[known] = reading;
    const hash = this.hashWith(head);
    this.hashes[known] = hash;
    let slot = hash & (SLOTS - 1);
    while (this.slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.slots[slot] = known;
  }

  private begin(): void {
    this.begun++;
    this.slots.fill(0);
    this.readings.length = 1;
    this.known = 0;
    this.used = 0;
  }
}
