/**
 * Whether a body came before, whichever process it reached: a client that lost an answer sends the same bytes again. In:
 * claims by key, each by an owner, and what became of them. Out: true for a body that is new; false once it is kept, for
 * five minutes. While nobody knows whether the first is kept, the second waits: it is new if the first is given up.
 * Bounded: the oldest of what is kept goes first.
 */
import { crc32 } from "node:zlib";
import { SPAN_FORMATS, type SpanFormat } from "../../lib/model/span-format.ts";
import type { Clock } from "../telemetry/clock.ts";

export const REMEMBER_MS = 5 * 60_000;
/** About 100 bytes each. */
const MAX_KEPT = 200_000;
/** Of either end. */
const ENDS_BYTES = 8_192;

interface Pending {
  owner: string;
  readonly waiting: { readonly owner: string; readonly answer: (isNew: boolean) => void }[];
}

/**
 * What tells one body from another: its length, its CRC-32 (`crc`, which the log needs anyway) and a CRC-32 of its end
 * followed by its beginning, which is another function of the same bytes. Bodies of spans differ in random ids, so that two
 * of them meet in 64 bits by chance alone; SHA-1 of a body costs three times as much as both.
 */
export function bodyKey(format: SpanFormat, body: Uint8Array, crc: number): string {
  const tail = crc32(body.subarray(Math.max(0, body.length - ENDS_BYTES)));
  const ends = crc32(body.subarray(0, Math.min(body.length, ENDS_BYTES) >> 1), tail);
  return `${SPAN_FORMATS.indexOf(format)}${body.length.toString(36)}.${crc.toString(36)}.${ends.toString(36)}`;
}

export class BodyClaims {
  private readonly clock: Clock;
  private readonly limit: number;
  private readonly pending = new Map<string, Pending>();
  /** When it was kept, oldest first. */
  private readonly kept = new Map<string, number>();

  constructor(clock: Clock, limit = MAX_KEPT) {
    this.clock = clock;
    this.limit = limit;
  }

  get size(): number {
    return this.kept.size + this.pending.size;
  }

  claim(key: string, owner: string, answer: (isNew: boolean) => void): void {
    const keptMs = this.kept.get(key);
    if (keptMs !== undefined && this.clock.nowMs() - keptMs <= REMEMBER_MS) {
      answer(false);
      return;
    }
    const first = this.pending.get(key);
    if (first !== undefined) {
      first.waiting.push({ owner, answer });
      return;
    }
    this.pending.set(key, { owner, waiting: [] });
    answer(true);
  }

  /** The body is in a log, durably; also of one that was never claimed here. */
  keep(key: string, atMs = this.clock.nowMs()): void {
    const first = this.pending.get(key);
    this.pending.delete(key);
    this.kept.delete(key);
    this.kept.set(key, atMs);
    for (const { answer } of first?.waiting ?? []) answer(false);
    this.forget();
  }

  /** The body is in no log: it was refused after it was claimed. */
  giveUp(key: string, owner: string): void {
    const first = this.pending.get(key);
    if (first?.owner !== owner) return;
    const next = first.waiting.shift();
    if (next === undefined) {
      this.pending.delete(key);
      return;
    }
    first.owner = next.owner;
    next.answer(true);
  }

  /** A process is gone, and all that its log holds was kept: what else it claimed is in no log. */
  ownerGone(owner: string): void {
    for (const { waiting } of this.pending.values()) {
      const others = waiting.filter((waiter) => waiter.owner !== owner);
      waiting.splice(0, waiting.length, ...others);
    }
    for (const [key, first] of [...this.pending]) if (first.owner === owner) this.giveUp(key, owner);
  }

  /** What is kept, and since when. */
  save(): [string, number][] {
    this.forget();
    return [...this.kept];
  }

  private forget(): void {
    const before = this.clock.nowMs() - REMEMBER_MS;
    for (const [key, keptMs] of this.kept) {
      if (keptMs >= before && this.kept.size <= this.limit) return;
      this.kept.delete(key);
    }
  }
}
