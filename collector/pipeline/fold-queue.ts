/**
 * Acknowledged bodies on their way into the edges. In: their sides, in the order of each log. Out: edges, and up to where
 * each log is folded. Bodies are folded one after another, each in pieces between which other work has its turn; whoever
 * asks for a moment `between` bodies sees each of them folded whole or not at all.
 */
import { setImmediate } from "node:timers/promises";
import type { PairingLoss } from "../../lib/model/span-side.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { SideBatch } from "../../lib/rollup/side-batch.ts";
import type { Wants } from "../../lib/rollup/span-pairing.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { SpanEdges } from "./span-edges.ts";

export interface LoggedSides {
  readonly log: string;
  /** Where its record begins, in the segment of `position`. */
  readonly from: number;
  /** Where its record ends. */
  readonly position: LogPosition;
  readonly spans: number;
  readonly sides: SideBatch;
  /** Another collector's, handed over to be paired here. */
  readonly handedOver?: true;
}

/** Where several collectors share the pairing. */
export interface Sharing {
  /** Whether a span that was received here is paired here. */
  readonly wants: Wants;
  /** Called with everything that was received here, as it is acknowledged. */
  received(batch: LoggedSides): void;
}

export type Unplaced = ReadonlyMap<PairingLoss, number>;

interface Waiting {
  readonly batch: LoggedSides;
  readonly done: (unplaced: Unplaced) => void;
}

const SIDES_PER_PIECE = 1_000;
const TURN_MS = 3;

export class FoldQueue {
  /** Up to where each log is folded. */
  readonly marks = new Map<string, LogPosition>();
  sharing: Sharing | undefined;
  private readonly edges: SpanEdges;
  private readonly clock: Clock;
  private waiting: Waiting[] = [];
  private spans = 0;
  private running: Promise<void> | undefined;
  private asked: (() => void)[] = [];

  constructor(edges: SpanEdges, clock: Clock) {
    this.edges = edges;
    this.clock = clock;
  }

  /** Spans that are acknowledged and in no edge yet. */
  get waitingSpans(): number {
    return this.spans;
  }

  /** Resolves once it is folded, with what of it is in no edge. */
  push(batch: LoggedSides): Promise<Unplaced> {
    this.spans += batch.spans;
    if (batch.handedOver !== true) this.sharing?.received(batch);
    return new Promise((done) => {
      this.waiting.push({ batch, done });
      this.running ??= this.run();
    });
  }

  /** Runs `work`, which is synchronous, while no body is folded in part. */
  between<T>(work: () => T): Promise<T> {
    if (this.running === undefined) return Promise.resolve(work());
    return new Promise((resolve, reject) => {
      this.asked.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Resolves once nothing waits. */
  async drained(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    // The answers of this turn go first.
    await setImmediate();
    let began = performance.now();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      for (const { batch, done } of group) {
        const folded = this.fold(batch);
        done(folded instanceof Promise ? await folded : folded);
        this.spans -= batch.spans;
        for (const work of this.asked.splice(0)) work();
        if (performance.now() - began < TURN_MS) continue;
        await setImmediate();
        began = performance.now();
      }
    }
    this.running = undefined;
    for (const work of this.asked.splice(0)) work();
  }

  private fold({ log, from, position, spans, sides, handedOver }: LoggedSides): Unplaced | Promise<Unplaced> {
    const { edges, clock } = this;
    const wants = handedOver === true ? undefined : this.sharing?.wants;
    const batch = { log, segment: position.segment, from, to: position.offset };
    edges.count(spans);
    if (sides.size <= SIDES_PER_PIECE) {
      const lost = edges.fold(sides, clock.nowMs(), batch, 0, wants);
      this.folded(log, position);
      return lost;
    }
    return this.inPieces({ log, from, position, spans, sides }, wants);
  }

  private async inPieces({ log, from, position, sides }: LoggedSides, wants: Wants | undefined): Promise<Unplaced> {
    const { edges, clock } = this;
    const batch = { log, segment: position.segment, from, to: position.offset };
    const lost = new Map<PairingLoss, number>();
    for (let first = 0; first < sides.size; first += SIDES_PER_PIECE) {
      if (first > 0) await setImmediate();
      const piece = edges.fold(sides.slice(first, first + SIDES_PER_PIECE), clock.nowMs(), batch, first, wants);
      for (const [code, count] of piece) lost.set(code, (lost.get(code) ?? 0) + count);
    }
    this.folded(log, position);
    return lost;
  }

  private folded(log: string, position: LogPosition): void {
    this.marks.set(log, position);
    failpoint("after-fold");
  }
}
