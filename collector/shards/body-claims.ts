/**
 * Whether a body came before, whichever receiving process it reached. In: claims by hash, each by a process, and what
 * became of them. Out: true for a body that is new; false once it is kept, for five minutes. While nobody knows whether the
 * first is kept, the second waits: it is new if the first is given up. Bounded: the oldest of what is kept goes first.
 */
import type { Clock } from "../telemetry/clock.ts";

const REMEMBER_MS = 5 * 60_000;
/** About 100 bytes each. */
const MAX_KEPT = 200_000;

interface Pending {
  owner: string;
  readonly waiting: { readonly owner: string; readonly answer: (isNew: boolean) => void }[];
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

  claim(hash: string, owner: string, answer: (isNew: boolean) => void): void {
    const keptMs = this.kept.get(hash);
    if (keptMs !== undefined && this.clock.nowMs() - keptMs <= REMEMBER_MS) {
      answer(false);
      return;
    }
    const first = this.pending.get(hash);
    if (first !== undefined) {
      first.waiting.push({ owner, answer });
      return;
    }
    this.pending.set(hash, { owner, waiting: [] });
    answer(true);
  }

  /** The body is in a log, durably; also of one that was never claimed here. */
  keep(hash: string): void {
    const first = this.pending.get(hash);
    this.pending.delete(hash);
    this.kept.delete(hash);
    this.kept.set(hash, this.clock.nowMs());
    for (const { answer } of first?.waiting ?? []) answer(false);
    this.forget();
  }

  /** The body is in no log: it was refused after it was claimed. */
  giveUp(hash: string, owner: string): void {
    const first = this.pending.get(hash);
    if (first?.owner !== owner) return;
    const next = first.waiting.shift();
    if (next === undefined) {
      this.pending.delete(hash);
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
    for (const [hash, first] of [...this.pending]) if (first.owner === owner) this.giveUp(hash, owner);
  }

  private forget(): void {
    const before = this.clock.nowMs() - REMEMBER_MS;
    for (const [hash, keptMs] of this.kept) {
      if (keptMs >= before && this.kept.size <= this.limit) return;
      this.kept.delete(hash);
    }
  }
}
