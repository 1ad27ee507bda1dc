/**
 * Calls from spans → rows with reporter `span`, one request each in the slot of its end. In: calls, and the spans that were
 * taken, paired or not. Out: increases and covered time in the slot table.
 *
 * Covered time of a service (the denominator of its rates) begins with the end of its first span and reaches to the end of
 * its newest, since a batch holds all that ended before it was sent. While no span comes it follows the clock at a distance
 * of 15 s (batches are sent every 5 to 10 s) and of how late the service's spans are at best, which takes in clocks that
 * are wrong by minutes; five minutes after the last body it stands still: a service that sends nothing cannot be told
 * from one that is gone. Rates are of the spans that arrived, never scaled by their sampling.
 *
 * Latency is the span's duration in fixed buckets, five to a decade (the series R5 of ISO 3): 0.1 ms to 100 s.
 */
import { SPAN_JOB, SPAN_QUIET_MS } from "./coverage.ts";
import {
  EPOCH,
  FIRST_BUCKET,
  INDEX,
  type MadeRow,
  PLACE,
  SECOND,
  SLOT,
  SPEAKER,
  SpanRows,
} from "./kernel-span-rows.ts";
import type { SideBatch } from "./side-batch.ts";
import type { KnownEnd } from "./side-book.ts";
import { within } from "./slot-numbers.ts";
import type { SlotTable } from "./slot-table.ts";
import { slotOf } from "./spread.ts";
import type { ToldCall } from "./told-call.ts";

export const SPAN_BOUNDS_MS: readonly number[] = [
  ...[0.1, 0.16, 0.25, 0.4, 0.63, 1, 1.6, 2.5, 4, 6.3, 10, 16, 25, 40, 63, 100, 160, 250, 400, 630],
  ...[1_000, 1_600, 2_500, 4_000, 6_300, 10_000, 16_000, 25_000, 40_000, 63_000, 100_000],
];

const INTERVAL_MS = 10_000;
const GONE_MS = 300_000;
/** A first batch out of order may hold spans that ended before those that came first. */
const EARLIER_MS = 60_000;
const MAX_SERVICES = 20_000;

/** Services with the numbers of `Taken` in its order; one that was never late is null. */
export type SavedServices = readonly (readonly [string, number, number, number, number | null, number])[];

interface Taken {
  /** Of its covered time. */
  readonly target: string;
  fromMs: number;
  toMs: number;
  newestMs: number;
  /** Arrival less end of the latest span to end, at best. */
  lagMs: number;
  lastMs: number;
  /** The last call of `taken` that touched it. */
  round: number;
}

const targetKey = (service: string): string => `${SPAN_JOB}/${service}`;

/** Halves of a power of two: what is between two of them lies in one bucket or has one bound in it. */
const STEPS = 2;
/** 2^-4 ms is below the first bound, 2^17 ms above the last. */
const LOWEST = -4;
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** The first bound that a duration of so many steps may lie under. */
const FIRST_BOUNDS = Uint8Array.from({ length: (17 - LOWEST) * STEPS + 1 }, (_, step) => {
  const from = 2 ** (LOWEST + Math.floor(step / STEPS)) * (step % STEPS === 0 ? 1 : 1.5);
  return SPAN_BOUNDS_MS.filter((bound) => bound < from).length;
});

/** Index of the first bound that is not below; the last bucket is open. By the bits of the number: no search. */
export function bucketOf(durationMs: number): number {
  if (!(durationMs > 0.0625)) return 0;
  if (durationMs > 100_000) return SPAN_BOUNDS_MS.length;
  float[0] = durationMs;
  const step = ((words[1] ?? 0) >>> 19) - (1023 + LOWEST) * STEPS;
  let bucket = FIRST_BOUNDS[step] ?? 0;
  while ((SPAN_BOUNDS_MS[bucket] ?? 0) < durationMs) bucket++;
  return bucket;
}

export class SpanFold {
  private readonly slots: SlotTable;
  private readonly services = new Map<string, Taken>();
  private round = 0;
  private readonly rows: SpanRows;
  /** Rows that the table had given up when records were last forgotten for it. */
  private pruned = 0;

  constructor(slots: SlotTable) {
    this.slots = slots;
    this.rows = new SpanRows((call, nowMs) => this.rowFor(call, nowMs));
  }

  call(call: Readonly<ToldCall>, nowMs: number): void {
    const { slots, rows } = this;
    if (this.pruned !== slots.table.pruned) {
      this.pruned = slots.table.pruned;
      rows.clear();
    }
    const { by, endMs, durationMs } = call;
    const at = rows.of(call, nowMs);
    this.seen(at, by.own, nowMs);
    const column = rows.classColumn(at, by);
    const slotMs = slotOf(endMs);
    if (by.hasFlags || call.sampled !== null) this.addRare(at, call, slotMs);
    const { cells } = rows;
    const slot = slots.slotAt(slotMs);
    if (cells[at + SLOT] !== slot.serial || cells[at + EPOCH] !== slots.epoch) {
      const row = rows.row(at);
      slots.touch(slotMs, row.index);
      cells[at + PLACE] = slot.place(row.index, row.columns.length);
      // Read behind `place`, which may have moved them.
      cells[at + SLOT] = slot.serial;
      cells[at + EPOCH] = slots.epoch;
    }
    const place = cells[at + PLACE] ?? 0;
    const block = slot.block(place);
    const from = within(place);
    block[from + column] = (block[from + column] ?? 0) + 1;
    const firstBucket = cells[at + FIRST_BUCKET] ?? -1;
    slots.wrote(cells[at + INDEX] ?? 0, firstBucket < 0 ? 1 : 3);
    if (firstBucket < 0) {
      slots.leaveOut("latency_schemes", 1);
      return;
    }
    const bucket = from + firstBucket + bucketOf(durationMs);
    block[bucket] = (block[bucket] ?? 0) + 1;
    const sum = from + firstBucket + SPAN_BOUNDS_MS.length + 1;
    block[sum] = (block[sum] ?? 0) + durationMs;
  }

  /** Flags, and how it was sampled. */
  private addRare(at: number, { by, sampled }: Readonly<ToldCall>, slotMs: number): void {
    const row = this.rows.row(at);
    const shares = [{ slotMs, share: 1 }];
    this.slots.add(row, [...new Set(by.facts.flags.map((flag) => row.flag(flag)))], 1, shares);
    if (sampled !== null) {
      this.slots.add(row, [row.counter("sampledSpans")], 1, shares);
      this.slots.add(row, [row.counter("sampledFrom")], 1 / sampled, shares);
    }
    // Its numbers may have moved to where there is room for more of them.
    this.rows.cells[at + SLOT] = 0;
  }

  /** Once a second and speaker: the row lives, and the speaker's time is its own. */
  private seen(at: number, speaker: KnownEnd, nowMs: number): void {
    const { cells } = this.rows;
    const second = Math.floor(nowMs / 1000) | 0;
    if (cells[at + SECOND] === second && cells[at + SPEAKER] === speaker.number) return;
    cells[at + SECOND] = second;
    cells[at + SPEAKER] = speaker.number;
    const row = this.rows.row(at);
    row.lastSeenMs = nowMs;
    this.slots.join(row.group, this.slots.target(targetKey(speaker.service), INTERVAL_MS));
  }

  private rowFor({ source, target, isGrpc }: Readonly<ToldCall>, nowMs: number): MadeRow {
    const edge = { source: source.end, target: target.end, protocol: isGrpc ? "grpc" : "http", layer: "L7" } as const;
    const row = this.slots.table.row({ edge, reporter: "span", job: SPAN_JOB, transport: false }, nowMs);
    row.everActive = true;
    row.hasRequests = true;
    return { row, firstBucket: row.firstBucket("span", SPAN_BOUNDS_MS) };
  }

  /** Spans of these services were taken, whatever came of them, but for those that ended further from now than `mostOffMs`. */
  taken(sides: SideBatch, nowMs: number, mostOffMs = Number.POSITIVE_INFINITY): void {
    const touched: Taken[] = [];
    this.round++;
    let own: KnownEnd | undefined;
    let known: Taken | undefined;
    let seen = 0;
    for (let nth = 0; nth < sides.size; nth++) {
      const endMs = sides.endMs(nth);
      if (Math.abs(endMs - nowMs) > mostOffMs) continue;
      const speaker = sides.reading(nth)?.own;
      if (speaker === undefined) continue;
      seen++;
      if (speaker !== own || known === undefined) {
        own = speaker;
        known = this.service(own.service, endMs, nowMs);
        if (known === undefined) continue;
        if (known.round !== this.round) touched.push(known);
        known.round = this.round;
      }
      if (endMs < known.fromMs && known.fromMs - endMs <= EARLIER_MS) known.fromMs = endMs;
      known.newestMs = Math.max(known.newestMs, endMs);
      known.lagMs = Math.min(known.lagMs, Math.max(0, nowMs - endMs));
      known.lastMs = nowMs;
    }
    if (seen === 0) return;
    for (const one of touched) this.cover(one, nowMs);
    this.slots.observed(nowMs);
  }

  private service(key: string, endMs: number, nowMs: number): Taken | undefined {
    const known = this.services.get(key);
    if (known !== undefined && nowMs - known.lastMs <= GONE_MS) return known;
    if (known === undefined && this.services.size >= MAX_SERVICES) return undefined;
    const times = { fromMs: endMs, toMs: endMs, newestMs: endMs, lagMs: Number.POSITIVE_INFINITY, lastMs: nowMs };
    const fresh: Taken = { target: targetKey(key), ...times, round: 0 };
    this.services.set(key, fresh);
    return fresh;
  }

  save(): SavedServices {
    return [...this.services].map(([key, { fromMs, toMs, newestMs, lagMs, lastMs }]) => {
      return [key, fromMs, toMs, newestMs, Number.isFinite(lagMs) ? lagMs : null, lastMs] as const;
    });
  }

  restore(saved: SavedServices): void {
    for (const [key, fromMs, toMs, newestMs, lagMs, lastMs] of saved) {
      const times = { fromMs, toMs, newestMs, lagMs: lagMs ?? Number.POSITIVE_INFINITY, lastMs };
      this.services.set(key, { target: targetKey(key), ...times, round: 0 });
    }
  }

  /** Nothing could be taken for a while: what comes next begins a covered time of its own. */
  interrupt(): void {
    this.services.clear();
  }

  /** Follows the clock where no spans come; once a second. */
  tick(nowMs: number): void {
    for (const [key, known] of this.services) {
      if (nowMs - known.lastMs <= GONE_MS) this.cover(known, nowMs);
      else this.services.delete(key);
    }
    if (this.services.size > 0) this.slots.changed();
  }

  private cover(known: Taken, nowMs: number): void {
    known.toMs = Math.max(known.toMs, known.newestMs, nowMs - SPAN_QUIET_MS - known.lagMs);
    const coverage = this.slots.target(known.target, INTERVAL_MS);
    coverage.seen(known.toMs);
    if (known.toMs > known.fromMs) coverage.cover(known.fromMs, known.toMs);
  }
}
