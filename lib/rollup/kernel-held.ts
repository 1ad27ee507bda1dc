/**
 * The spans of the last minutes by their ids, while others may still refer to them. In: sides as they arrive. Out: who has
 * an id, who waits for one, and, in order of arrival, whose time is up. Memory is bounded: 100,000 spans, and none for
 * longer than ten minutes; who asks for more room gives up the oldest. A span that comes again is known by its id, role and
 * service. No clock: the caller says what time it is. When that is set back, whoever arrived later than it now is has had
 * its time: nobody waits for an hour because a clock was wrong.
 *
 * Columns in a ring: a span's place is its number in order of arrival, modulo the ring's size. Chains by the hash of (trace,
 * span) and by the hash of (trace, parent), each in order of arrival and linked both ways, so that a hundred thousand
 * children of one parent leave one by one. Places are good until the next `add`.
 */
import type { Endpoint } from "../model/identity.ts";
import { ID_WORDS, PARENT_WORD, SIDE_TIMES, type SideBatch, SPAN_WORD } from "./side-batch.ts";
import { isSameEnd, type Reading } from "./side-book.ts";

export const MAX_HELD = 100_000;
export const WAIT_MS = 10_000;
const HOLD_MS = 600_000;
/** Halves of one id: two by the rules, a few more where ids clash. */
const MAX_HALVES = 8;
/** A clock that is set right by less is no clock that is set back. */
const SLEW_MS = 1_000;
const FIRST_SIZE = 256;
const NONE = -1;

/** Nothing more is awaited. */
export const SETTLED = 2;
/** Client: a server's span tells of the call, or another span of the same caller does. */
export const ANSWERED = 4;
/** Its call was counted with the other end inferred: a partner that comes later adds nothing. */
export const HALVED = 8;
/** Client: the span of the same caller above it was counted already. */
export const MUTED = 16;

/** A logged body: where its record begins and ends, so that it can be read again. */
export interface HeldBatch {
  readonly log: string;
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

/** When a span came, of which body it is (absent where there is no log), and what of it is known. */
export interface Arrival {
  readonly nowMs: number;
  readonly batch: HeldBatch | undefined;
  readonly state: number;
  readonly below: Endpoint | undefined;
}

/** Heads and tails by hash, and each place's neighbours: `NONE` where there is none. */
class Chains {
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly nexts: Int32Array;
  private readonly previous: Int32Array;
  private readonly mask: number;

  constructor(size: number) {
    this.mask = size * 2 - 1;
    this.heads = new Int32Array(size * 2).fill(NONE);
    this.tails = new Int32Array(size * 2).fill(NONE);
    this.nexts = new Int32Array(size);
    this.previous = new Int32Array(size);
  }

  first(hash: number): number {
    return this.heads[hash & this.mask] ?? NONE;
  }

  next(place: number): number {
    return this.nexts[place] ?? NONE;
  }

  push(hash: number, place: number): void {
    const at = hash & this.mask;
    const last = this.tails[at] ?? NONE;
    this.previous[place] = last;
    this.nexts[place] = NONE;
    this.tails[at] = place;
    if (last === NONE) this.heads[at] = place;
    else this.nexts[last] = place;
  }

  remove(hash: number, place: number): void {
    const at = hash & this.mask;
    const [before, after] = [this.previous[place] ?? NONE, this.nexts[place] ?? NONE];
    if (before === NONE) this.heads[at] = after;
    else this.nexts[before] = after;
    if (after === NONE) this.tails[at] = before;
    else this.previous[after] = before;
  }
}

function hashOf(ids: Uint32Array, at: number, word: number): number {
  let hash = Math.imul((ids[at] ?? 0) ^ (ids[at + 2] ?? 0), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ (ids[at + 1] ?? 0) ^ (ids[at + 3] ?? 0), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ (ids[at + word] ?? 0), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ (ids[at + word + 1] ?? 0), 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}

export class HeldTable {
  private mask = FIRST_SIZE - 1;
  private ids = new Uint32Array(FIRST_SIZE * ID_WORDS);
  private times = new Float64Array(FIRST_SIZE * SIDE_TIMES);
  private arrived = new Float64Array(FIRST_SIZE);
  private states = new Uint8Array(FIRST_SIZE);
  /** Of which body's sides it is the how manieth. */
  private nths = new Int32Array(FIRST_SIZE);
  private idHashes = new Int32Array(FIRST_SIZE);
  private upHashes = new Int32Array(FIRST_SIZE);
  private readings: (Reading | undefined)[] = new Array<Reading | undefined>(FIRST_SIZE).fill(undefined);
  private batches: (HeldBatch | undefined)[] = new Array<HeldBatch | undefined>(FIRST_SIZE).fill(undefined);
  /** Client: the service that a span below it belongs to, where that one is no server's. */
  private belows: (Endpoint | undefined)[] = new Array<Endpoint | undefined>(FIRST_SIZE).fill(undefined);
  private byId = new Chains(FIRST_SIZE);
  private byParent = new Chains(FIRST_SIZE);
  /** Numbers in order of arrival: those before `first` are gone, those before `due` had their time. */
  private first = 0;
  private due = 0;
  private end = 0;
  private readonly limit: number;

  constructor(limit = MAX_HELD) {
    this.limit = limit;
  }

  get size(): number {
    return this.end - this.first;
  }

  reading(place: number): Reading {
    const reading = this.readings[place];
    if (reading === undefined) throw new Error("a place without a span");
    return reading;
  }

  endMs(place: number): number {
    return this.times[place * SIDE_TIMES] ?? 0;
  }

  durationMs(place: number): number {
    return this.times[place * SIDE_TIMES + 1] ?? 0;
  }

  is(place: number, state: number): boolean {
    return ((this.states[place] ?? 0) & state) !== 0;
  }

  mark(place: number, state: number): void {
    this.states[place] = (this.states[place] ?? 0) | state;
  }

  below(place: number): Endpoint | undefined {
    return this.belows[place];
  }

  setBelow(place: number, below: Endpoint): void {
    this.belows[place] = below;
  }

  hasParent(place: number): boolean {
    const at = place * ID_WORDS + PARENT_WORD;
    return ((this.ids[at] ?? 0) | (this.ids[at + 1] ?? 0)) !== 0;
  }

  /** The first of those with this one's id, in order of arrival; itself among them. −1: none. */
  firstHalf(place: number): number {
    return this.named(this.byId.first(this.idHashes[place] ?? 0), place, SPAN_WORD);
  }

  /** Behind `half`. */
  nextHalf(half: number, place: number): number {
    return this.named(this.byId.next(half), place, SPAN_WORD);
  }

  /** The first of those that have the id which this one names as its parent. */
  firstParent(place: number): number {
    if (!this.hasParent(place)) return NONE;
    return this.named(this.byId.first(this.upHashes[place] ?? 0), place, PARENT_WORD);
  }

  nextParent(parent: number, place: number): number {
    return this.named(this.byId.next(parent), place, PARENT_WORD);
  }

  /** The first of those that name this one's id as their parent. They keep waiting for its other half. */
  firstChild(place: number): number {
    return this.naming(this.byParent.first(this.idHashes[place] ?? 0), place);
  }

  nextChild(child: number, place: number): number {
    return this.naming(this.byParent.next(child), place);
  }

  /** From `at` on, who has the id that stands at `word` of the span at `place`. */
  private named(from: number, place: number, word: number): number {
    let at = from;
    while (at !== NONE && !this.matches(at, SPAN_WORD, place, word)) at = this.byId.next(at);
    return at;
  }

  private naming(from: number, place: number): number {
    let at = from;
    while (at !== NONE && !this.matches(at, PARENT_WORD, place, SPAN_WORD)) at = this.byParent.next(at);
    return at;
  }

  private matches(place: number, word: number, other: number, otherWord: number): boolean {
    const { ids } = this;
    const [a, b] = [place * ID_WORDS, other * ID_WORDS];
    return (
      ids[a + word] === ids[b + otherWord] &&
      ids[a + word + 1] === ids[b + otherWord + 1] &&
      ids[a] === ids[b] &&
      ids[a + 1] === ids[b + 1] &&
      ids[a + 2] === ids[b + 2] &&
      ids[a + 3] === ids[b + 3]
    );
  }

  /** Its place; −1 for one that is held already: a body that was sent again. */
  add(sides: SideBatch, nth: number, bodyNth: number, arrival: Arrival): number {
    const place = this.write(sides, nth, bodyNth, arrival);
    const reading = this.reading(place);
    let halves = 0;
    for (let half = this.firstHalf(place); half !== NONE; half = this.nextHalf(half, place)) {
      const other = this.reading(half);
      if (++halves >= MAX_HALVES) return NONE;
      if (other.role === reading.role && isSameEnd(other.own, reading.own)) return NONE;
    }
    this.end++;
    this.byId.push(this.idHashes[place] ?? 0, place);
    return place;
  }

  /** As another process held it; in order of arrival, before any is added. */
  put(sides: SideBatch, nth: number, arrival: Arrival, wasDue: boolean): void {
    const place = this.write(sides, nth, nth, arrival);
    this.end++;
    this.byId.push(this.idHashes[place] ?? 0, place);
    if (wasDue) this.due = this.end;
    this.await(place);
  }

  /** Into the place that is next, in no chain yet. */
  private write(sides: SideBatch, nth: number, bodyNth: number, arrival: Arrival): number {
    if (this.size > this.mask) this.grow();
    const place = this.end & this.mask;
    const { slab } = sides;
    const from = sides.from + nth;
    const [at, fromAt] = [place * ID_WORDS, from * ID_WORDS];
    const { ids } = this;
    for (let word = 0; word < ID_WORDS; word++) ids[at + word] = slab.ids[fromAt + word] ?? 0;
    this.times[place * SIDE_TIMES] = slab.times[from * SIDE_TIMES] ?? 0;
    this.times[place * SIDE_TIMES + 1] = slab.times[from * SIDE_TIMES + 1] ?? 0;
    this.idHashes[place] = hashOf(ids, at, SPAN_WORD);
    this.upHashes[place] = hashOf(ids, at, PARENT_WORD);
    this.readings[place] = slab.readings[from];
    this.arrived[place] = arrival.nowMs;
    this.states[place] = arrival.state;
    this.nths[place] = bodyNth;
    this.batches[place] = arrival.batch;
    this.belows[place] = arrival.below;
    return place;
  }

  private grow(): void {
    const { mask: oldMask, ids, times, readings, batches, belows } = this;
    const [arrived, states, nths, idHashes, upHashes] = [
      this.arrived,
      this.states,
      this.nths,
      this.idHashes,
      this.upHashes,
    ];
    const size = 2 * (oldMask + 1);
    this.mask = size - 1;
    this.ids = new Uint32Array(size * ID_WORDS);
    this.times = new Float64Array(size * SIDE_TIMES);
    this.arrived = new Float64Array(size);
    this.states = new Uint8Array(size);
    this.nths = new Int32Array(size);
    this.idHashes = new Int32Array(size);
    this.upHashes = new Int32Array(size);
    this.readings = new Array<Reading | undefined>(size).fill(undefined);
    this.batches = new Array<HeldBatch | undefined>(size).fill(undefined);
    this.belows = new Array<Endpoint | undefined>(size).fill(undefined);
    this.byId = new Chains(size);
    this.byParent = new Chains(size);
    for (let number = this.first; number < this.end; number++) {
      const [old, place] = [number & oldMask, number & this.mask];
      this.ids.set(ids.subarray(old * ID_WORDS, (old + 1) * ID_WORDS), place * ID_WORDS);
      this.times.set(times.subarray(old * SIDE_TIMES, (old + 1) * SIDE_TIMES), place * SIDE_TIMES);
      this.arrived[place] = arrived[old] ?? 0;
      this.states[place] = states[old] ?? 0;
      this.nths[place] = nths[old] ?? 0;
      this.idHashes[place] = idHashes[old] ?? 0;
      this.upHashes[place] = upHashes[old] ?? 0;
      this.readings[place] = readings[old];
      this.batches[place] = batches[old];
      this.belows[place] = belows[old];
      this.byId.push(this.idHashes[place] ?? 0, place);
      this.await(place);
    }
  }

  /** Until the parent arrives, its children stand under its id. */
  await(place: number): void {
    if (this.hasParent(place)) this.byParent.push(this.upHashes[place] ?? 0, place);
  }

  private isWithin(place: number, nowMs: number, spanMs: number): boolean {
    const arrivedMs = this.arrived[place] ?? 0;
    return arrivedMs > nowMs - spanMs && arrivedMs <= nowMs + SLEW_MS;
  }

  /** The next span whose 10 s are over, or −1. Nobody's time runs on while something it waits for is held up. */
  nextDue(nowMs: number, heldUpMs = Number.POSITIVE_INFINITY): number {
    if (this.due >= this.end) return NONE;
    const place = this.due & this.mask;
    const arrivedMs = this.arrived[place] ?? 0;
    if (this.isWithin(place, nowMs, WAIT_MS)) return NONE;
    if (arrivedMs > heldUpMs - WAIT_MS && arrivedMs <= nowMs) return NONE;
    this.due++;
    return place;
  }

  /** Gives up what is old or over the limit. `early` is told of those whose time was not yet up. */
  trim(nowMs: number, early: (place: number) => void): void {
    while (this.first < this.end) {
      const place = this.first & this.mask;
      if (this.size <= this.limit && this.isWithin(place, nowMs, HOLD_MS)) return;
      if (this.first >= this.due) {
        this.due = this.first + 1;
        early(place);
      }
      this.forget(place);
    }
  }

  /** Gives up, oldest first, those who had their time and are in a body that is `inTheWay`. Returns how many. */
  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    const before = this.size;
    while (this.first < this.due) {
      const place = this.first & this.mask;
      const batch = this.batches[place];
      if (batch === undefined || !inTheWay(batch)) break;
      this.forget(place);
    }
    return before - this.size;
  }

  /** The oldest goes. What it refers to may go with it. */
  private forget(place: number): void {
    this.first++;
    this.byId.remove(this.idHashes[place] ?? 0, place);
    if (this.hasParent(place)) this.byParent.remove(this.upHashes[place] ?? 0, place);
    this.readings[place] = undefined;
    this.batches[place] = undefined;
    this.belows[place] = undefined;
  }

  /** Those held, in order of arrival: where, of which body, the how manieth of its sides, and whether their 10 s are over. */
  each(visit: (place: number, nth: number, batch: HeldBatch | undefined, wasDue: boolean) => void): void {
    for (let number = this.first; number < this.end; number++) {
      const place = number & this.mask;
      visit(place, this.nths[place] ?? 0, this.batches[place], number < this.due);
    }
  }

  arrivedMs(place: number): number {
    return this.arrived[place] ?? 0;
  }
}
