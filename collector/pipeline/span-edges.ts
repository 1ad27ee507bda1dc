/**
 * Spans that were stored → edges of the graph: read → pair → fold. In: spans as they are taken, and ticks of the clock for
 * those that wait. Out: rows with reporter `span` in the slot table, what was left out by code, and what pairs taught about
 * hosts. Synchronous: when `take` returns, queries see the calls whose two sides have met.
 */
import { setImmediate } from "node:timers/promises";
import type { Registry } from "prom-client";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { Span } from "../../lib/model/span.ts";
import type { PairingLoss } from "../../lib/model/span-side.ts";
import { MAX_OFF_MS, SPAN_FOLLOW_MS } from "../../lib/rollup/coverage.ts";
import type { SavedHeld } from "../../lib/rollup/held-snapshot.ts";
import type { HeldBatch } from "../../lib/rollup/kernel-held.ts";
import { type SideBatch, SideWriter } from "../../lib/rollup/side-batch.ts";
import { sideBook } from "../../lib/rollup/side-book.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { type SavedServices, SpanFold } from "../../lib/rollup/span-fold.ts";
import { SpanPairing, type Wants } from "../../lib/rollup/span-pairing.ts";
import type { ToldCall } from "../../lib/rollup/told-call.ts";
import type { Clock } from "../telemetry/clock.ts";
import { gaugeByCode, gaugeOn } from "../telemetry/gauge.ts";
import { otlpSides } from "./kernel-otlp-sides.ts";
import { LearntPeers } from "./span-peers.ts";

export interface SpanStats {
  /** Spans taken since start. */
  readonly spans: number;
  /** Share of server spans whose caller's span did not come, 0..1; null when nothing could be judged yet. */
  readonly unpairedShare: number | null;
}

export interface SavedEdges {
  readonly held: readonly SavedHeld[];
  readonly services: SavedServices;
}

const SPANS_PER_TURN = 5_000;
const TICK_MS = 1_000;

export class SpanEdges {
  readonly peers = new LearntPeers();
  /** What came to a process that is gone is folded by its own time: nobody's time is up by the clock meanwhile. */
  replaying = false;
  private readonly clock: Clock;
  private readonly slots: SlotTable;
  private readonly spanFold: SpanFold;
  /** When what is being folded came: now, or in a process that is gone. */
  private nowMs = 0;
  private readonly pairing: SpanPairing;
  private readonly writer = new SideWriter();
  private timer: NodeJS.Timeout | undefined;
  private followedMs = Number.NEGATIVE_INFINITY;
  private total = 0;
  private calls = 0;
  private readonly losses = new Map<PairingLoss, number>();

  constructor(clock: Clock, slots: SlotTable = new SlotTable()) {
    this.clock = clock;
    this.slots = slots;
    this.spanFold = new SpanFold(slots);
    this.pairing = new SpanPairing({
      call: (call) => this.told(call),
      learn: (source, host, target) => this.peers.learn(source, host, target, this.nowMs),
    });
  }

  private told(call: Readonly<ToldCall>): void {
    this.calls++;
    this.spanFold.call(call, this.nowMs);
  }

  /** What of these spans, or on their account, is in no edge. */
  take(spans: readonly Span[]): ReadonlyMap<PairingLoss, number> {
    this.count(spans.length);
    const { writer } = this;
    writer.begin();
    for (const span of spans) {
      const side = readSpan(span);
      if (side !== undefined) writer.push(side);
    }
    return this.fold(writer.batch(), this.clock.nowMs());
  }

  count(spans: number): void {
    this.total += spans;
  }

  /** The same of sides that were read before; `nowMs` is when they came. `batch`: where they can be read again. */
  fold(sides: SideBatch, nowMs: number, batch?: HeldBatch, first = 0, wants?: Wants): ReadonlyMap<PairingLoss, number> {
    this.nowMs = nowMs;
    this.pairing.see(sides, nowMs, batch, first, wants);
    const lost = this.pairing.takeLosses();
    this.spanFold.taken(sides, nowMs, MAX_OFF_MS);
    for (const [code, count] of lost) this.losses.set(code, (this.losses.get(code) ?? 0) + count);
    return lost;
  }

  /** The same of a body of any size: other work is let in every 5,000 spans. */
  async takeAll(spans: readonly Span[]): Promise<ReadonlyMap<PairingLoss, number>> {
    if (spans.length <= SPANS_PER_TURN) return this.take(spans);
    const lost = new Map<PairingLoss, number>();
    for (let from = 0; from < spans.length; from += SPANS_PER_TURN) {
      if (from > 0) await setImmediate();
      for (const [code, count] of this.take(spans.slice(from, from + SPANS_PER_TURN))) {
        lost.set(code, (lost.get(code) ?? 0) + count);
      }
    }
    return lost;
  }

  /** What another process needs to go on with. */
  save(): SavedEdges {
    return { held: this.pairing.save(), services: this.spanFold.save() };
  }

  /** Lets go of spans whose bodies take too much of the log. */
  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    return this.pairing.giveUp(inTheWay);
  }

  /** Before anything is taken. `sidesOf` reads a logged body again. */
  restore(saved: SavedEdges, sidesOf: (batch: HeldBatch) => SideBatch | undefined): void {
    this.pairing.restore(saved.held, sidesOf);
    this.spanFold.restore(saved.services);
  }

  /** Spans wait for what could not come since the time that this says. */
  holdUp(heldUpMs: () => number): void {
    this.pairing.heldUpMs = heldUpMs;
  }

  /** Nothing could be taken for a while. */
  interrupt(): void {
    this.spanFold.interrupt();
  }

  stats(): SpanStats {
    if (this.replaying) return { spans: this.total, unpairedShare: null };
    this.nowMs = this.clock.nowMs();
    return { spans: this.total, unpairedShare: this.pairing.unpairedShare(this.clock.nowMs()) };
  }

  tick(): void {
    const nowMs = this.clock.nowMs();
    const before = this.calls;
    this.nowMs = nowMs;
    this.pairing.settle(nowMs);
    if (this.calls !== before) this.slots.changed();
    // In steps: each is a change that every reader computes anew.
    if (Math.abs(nowMs - this.followedMs) < SPAN_FOLLOW_MS) return;
    this.followedMs = nowMs;
    this.spanFold.tick(nowMs);
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  register(registry: Registry): void {
    const gauge = (name: string, help: string, read: () => number): void => gaugeOn(registry, name, help, read);
    gauge("meshscope_span_pairing_held", "Spans held while others may refer to them", () => this.pairing.size);
    gauge("meshscope_span_calls_counted", "Calls counted from spans since start", () => this.calls);
    gauge("meshscope_span_peers_learnt", "Hosts whose service is known from pairs of spans", () => this.peers.size);
    const begun = "Times that there were more kinds of spans than are remembered, and all were read anew";
    gauge("meshscope_span_readings_begun", begun, () => sideBook.begun + otlpSides.begun);
    const help = "Spans in no edge since start, by code as in `completeness.dropped`; their traces have them";
    gaugeByCode(registry, "meshscope_span_pairing_left_out", help, () => this.losses);
  }
}
