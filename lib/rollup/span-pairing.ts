/**
 * Spans → calls, as they arrive in any order. In: sides of calls and the time. Out: each call once, to the sink: at once
 * where client and server have met, after 10 s where they have not. Which spans are one call is in pairing-rules.ts.
 */
import type { PairingLoss } from "../model/span-side.ts";
import { restoreHeld, type SavedHeld, saveHeld } from "./held-snapshot.ts";
import { type Arrival, type HeldBatch, HeldTable, MAX_HELD, SETTLED } from "./kernel-held.ts";
import { PairingRules } from "./pairing-rules.ts";
import type { SideBatch } from "./side-batch.ts";
import { type SideBook, sideBook } from "./side-book.ts";
import { SpanVerdicts } from "./span-verdicts.ts";
import type { PairingSink } from "./told-call.ts";

const NONE = -1;

/** Whether the nth of a batch is paired here; the others keep their places. */
export type Wants = (sides: SideBatch, nth: number) => boolean;

export class SpanPairing {
  private readonly held: HeldTable;
  private readonly verdicts = new SpanVerdicts();
  private readonly rules: PairingRules;
  /** Up to when everything that spans wait for had a way here; infinity while it has. */
  heldUpMs: () => number = () => Number.POSITIVE_INFINITY;

  constructor(sink: PairingSink, limit = MAX_HELD, book: SideBook = sideBook) {
    const { verdicts } = this;
    const held = new HeldTable(limit);
    this.held = held;
    this.rules = new PairingRules({ held, sink, book, verdicts });
  }

  get size(): number {
    return this.held.size;
  }

  /**
   * `batch`: where they can be read again, `first` the place of the first of them in it. `wants`: the others are left out,
   * and keep their places.
   */
  see(sides: SideBatch, nowMs: number, batch?: HeldBatch, first = 0, wants?: Wants): void {
    const arrival: Arrival = { nowMs, batch, state: 0, below: undefined };
    for (let nth = 0; nth < sides.size; nth++) {
      if (wants === undefined || wants(sides, nth)) this.rules.arrive(sides, nth, first + nth, arrival);
    }
    this.settle(nowMs);
  }

  /** What is held, for another process to go on with. */
  save(): SavedHeld[] {
    return saveHeld(this.held);
  }

  /** Forgets spans before their ten minutes are over, as when there are too many: their bodies are kept for them alone. */
  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    return this.held.giveUp(inTheWay);
  }

  /** Before anything is seen. `sidesOf` reads a body again; undefined: it is gone, and what it had is not held. */
  restore(saved: readonly SavedHeld[], sidesOf: (batch: HeldBatch) => SideBatch | undefined): void {
    restoreHeld(this.held, saved, sidesOf);
  }

  /** Halves whose 10 s are over become calls; what is too old or too much is forgotten. */
  settle(nowMs: number): void {
    const { held } = this;
    for (;;) {
      const due = held.nextDue(nowMs, this.heldUpMs());
      if (due === NONE) break;
      this.rules.close(due, nowMs);
    }
    held.trim(nowMs, (early) => {
      if (!held.is(early, SETTLED)) this.rules.lose("pairing_full");
      this.rules.close(early, nowMs);
    });
  }

  /** What was left out of edges since this was last asked. */
  takeLosses(): ReadonlyMap<PairingLoss, number> {
    const { lost } = this.rules;
    if (lost.size > 0) this.rules.lost = new Map();
    return lost;
  }

  unpairedShare(nowMs: number): number | null {
    this.settle(nowMs);
    return this.verdicts.unpairedShare(nowMs);
  }
}
