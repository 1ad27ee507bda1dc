/**
 * What a span says of a call, but for its ids and times, by the bytes that it was read from. Spans of one service call after
 * call differ in ids and times alone, so that reading their attributes again gives the same again. In: a signature, which
 * holds every byte that the reading depends on. Out: the reading, found by hash and told apart byte by byte. Bounded: when
 * it is full, it begins anew.
 */
import type { SpanSide } from "../../lib/model/span-side.ts";

/** Null: such a span is part of no call. */
export type SideReading = Omit<SpanSide, "traceId" | "spanId" | "parentSpanId" | "endMs" | "durationMs"> | null;

interface Known {
  readonly signature: Uint8Array;
  readonly reading: SideReading;
  readonly next: Known | undefined;
}

const MAX_KNOWN = 20_000;
const MAX_BYTES = 8 * 1024 * 1024;

export class SideMemo {
  private readonly known = new Map<number, Known>();
  private count = 0;
  private bytes = 0;

  get(signature: Uint8Array, length: number, hash: number): SideReading | undefined {
    for (let at = this.known.get(hash); at !== undefined; at = at.next) {
      if (isSame(at.signature, signature, length)) return at.reading;
    }
    return undefined;
  }

  set(signature: Uint8Array, length: number, hash: number, reading: SideReading): void {
    if (this.count >= MAX_KNOWN || this.bytes >= MAX_BYTES) {
      this.known.clear();
      this.count = 0;
      this.bytes = 0;
    }
    this.count++;
    this.bytes += length;
    this.known.set(hash, { signature: signature.slice(0, length), reading, next: this.known.get(hash) });
  }
}

function isSame(a: Uint8Array, b: Uint8Array, length: number): boolean {
  if (a.length !== length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
