/** The pairing as tests speak to it: sides and calls as objects. */
import type { Endpoint } from "../model/identity.ts";
import { type SpanCall, type SpanSide, serviceKeyOf } from "../model/span-side.ts";
import type { SavedHeld } from "./held-snapshot.ts";
import type { HeldBatch } from "./kernel-held.ts";
import { batchOf } from "./side-batch.ts";
import { SideBook } from "./side-book.ts";
import { SpanPairing } from "./span-pairing.ts";
import type { ToldCall } from "./told-call.ts";

export interface CallSink {
  call(call: SpanCall): void;
  learn(source: Endpoint, named: Endpoint, target: Endpoint): void;
}

export function spanCall({ source, target, isGrpc, by, sampled, endMs, durationMs }: Readonly<ToldCall>): SpanCall {
  const protocol = isGrpc ? "grpc" : "http";
  const { code, grpcStatus, flags } = by.facts;
  return {
    edge: { source: source.end, target: target.end, protocol, layer: "L7" },
    ...{ protocol, endMs, durationMs, code, grpcStatus, flags, sampled },
    speaker: serviceKeyOf(by.facts.own),
  };
}

/** With a `book` of its own where it was not given one. */
export class PairingRig {
  readonly pairing: SpanPairing;
  private readonly book: SideBook;

  constructor(sink: CallSink, limit?: number, book = new SideBook()) {
    this.book = book;
    const learn = (source: Endpoint, named: Endpoint, target: Endpoint): void => sink.learn(source, named, target);
    this.pairing = new SpanPairing({ call: (told) => sink.call(spanCall(told)), learn }, limit, book);
  }

  get size(): number {
    return this.pairing.size;
  }

  see(sides: readonly SpanSide[], nowMs: number, batch?: HeldBatch, first = 0): void {
    this.pairing.see(batchOf(sides, this.book), nowMs, batch, first);
  }

  settle(nowMs: number): void {
    this.pairing.settle(nowMs);
  }

  save(): SavedHeld[] {
    return this.pairing.save();
  }

  restore(saved: readonly SavedHeld[], sidesOf: (batch: HeldBatch) => readonly SpanSide[] | undefined): void {
    this.pairing.restore(saved, (batch) => {
      const sides = sidesOf(batch);
      return sides === undefined ? undefined : batchOf(sides, this.book);
    });
  }

  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    return this.pairing.giveUp(inTheWay);
  }

  takeLosses(): ReadonlyMap<string, number> {
    return this.pairing.takeLosses();
  }

  unpairedShare(nowMs: number): number | null {
    return this.pairing.unpairedShare(nowMs);
  }

  set heldUpMs(heldUpMs: () => number) {
    this.pairing.heldUpMs = heldUpMs;
  }
}
