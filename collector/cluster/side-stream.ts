/**
 * Sides of spans that this member received and another one pairs: one stream for each log of this member and each member
 * that such traces are at home with. In: what was received, in the order of the log. Out: requests, one at a time, each
 * repeated until it is taken, so that a position alone tells how far the stream was delivered. While its home is down the
 * stream goes to whoever stands in for it. What waits is bounded: past that it is left in the log and read from there.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SpanSide } from "../../lib/model/span-side.ts";
import { comparePositions, type LoggedBatch, type LogPosition } from "../../lib/query/store-engine.ts";
import type { FramedBatch } from "../pipeline/side-frame.ts";

export interface StreamParts {
  readonly log: string;
  readonly home: string;
  /** Of these sides, which are of this stream. */
  readonly belongs: (side: SpanSide) => boolean;
  /** Delivers to whoever owns each trace now; false: not all of it was taken, or nobody knows. */
  readonly deliver: (batches: readonly FramedBatch[]) => Promise<boolean>;
  /** What stands in the log behind a position, a few bodies at a time, decoded. Empty at `through`. */
  readonly read: (after: LogPosition, through: LogPosition) => Promise<readonly ReadBatch[]>;
  readonly nowMs: () => number;
  readonly failed: (error: unknown) => void;
}

export interface ReadBatch {
  readonly position: LoggedBatch["position"];
  readonly sides: readonly SpanSide[];
}

interface Waiting extends FramedBatch {
  readonly atMs: number;
}

/** 200 bytes each. */
const MAX_WAITING_SIDES = 50_000;
const SIDES_PER_REQUEST = 5_000;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;

export class SideStream {
  readonly parts: StreamParts;
  private through: LogPosition;
  /** Where what is known to be logged ends. */
  private end: LogPosition;
  private waiting: Waiting[] = [];
  private waitingSides = 0;
  /** Whether what follows `through` has to be read from the log. */
  private behind = false;
  private sinceMs: number | undefined;
  private running: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  /** `through`: delivered before. `end`: where the log ends; what lies between is read from it. */
  constructor(parts: StreamParts, through: LogPosition, end: LogPosition) {
    this.parts = parts;
    this.through = through;
    this.end = comparePositions(end, through) > 0 ? end : through;
    this.behind = this.lags;
    // How long ago that was received is not known: as long as can be.
    if (this.behind) this.sinceMs = 0;
  }

  get deliveredThrough(): LogPosition {
    return this.through;
  }

  /** Whether anything is not delivered yet. */
  get lags(): boolean {
    return comparePositions(this.through, this.end) < 0;
  }

  /** Since when something waits; undefined: nothing does. */
  get lagsSinceMs(): number | undefined {
    return this.lags ? this.sinceMs : undefined;
  }

  start(): void {
    this.sinceMs ??= this.parts.nowMs();
    if (this.running === undefined && this.lags && !this.stopped.signal.aborted) this.running = this.run();
  }

  /** A body was logged that ends at `position`. */
  received(position: LogPosition, sides: readonly SpanSide[]): void {
    if (comparePositions(position, this.end) <= 0) return;
    const own = sides.filter(this.parts.belongs);
    if (own.length === 0 && !this.lags) this.through = position;
    else if (!this.behind) this.keep({ position, sides: own });
    if (!this.lags) this.sinceMs = this.parts.nowMs();
    this.end = position;
    this.start();
  }

  private keep(batch: FramedBatch): void {
    this.waiting.push({ ...batch, atMs: this.parts.nowMs() });
    this.waitingSides += batch.sides.length;
    if (this.waitingSides <= MAX_WAITING_SIDES) return;
    this.behind = true;
    this.waiting = [];
    this.waitingSides = 0;
  }

  private async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (this.lags && !this.stopped.signal.aborted) {
      const done = await this.step().catch((error: unknown) => {
        this.parts.failed(error);
        return false;
      });
      if (done) pause = FIRST_PAUSE_MS;
      else {
        await delay(pause, undefined, { signal: this.stopped.signal }).catch(() => {});
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
      }
    }
    this.running = undefined;
    this.start();
  }

  /** One request, or what was left out of the log's way. */
  private async step(): Promise<boolean> {
    const { end } = this;
    const group = this.behind ? await this.fromLog(end) : this.fromMemory();
    const last = group[group.length - 1];
    if (last === undefined) {
      this.through = end;
      // Nothing that came since `end` was kept.
      this.behind = this.lags;
      return true;
    }
    const full = group.filter(({ sides }) => sides.length > 0);
    if (full.length > 0 && !(await this.parts.deliver(full))) {
      this.giveBack(group);
      return false;
    }
    this.through = last.position;
    if (!this.lags) this.behind = false;
    if (!this.behind) this.sinceMs = this.waiting[0]?.atMs ?? this.sinceMs;
    return true;
  }

  private async fromLog(end: LogPosition): Promise<readonly FramedBatch[]> {
    const batches = await this.parts.read(this.through, end);
    return batches.map(({ position, sides }) => ({ position, sides: sides.filter(this.parts.belongs) }));
  }

  private fromMemory(): readonly Waiting[] {
    let sides = 0;
    let count = 0;
    for (const batch of this.waiting) {
      if (count > 0 && sides + batch.sides.length > SIDES_PER_REQUEST) break;
      sides += batch.sides.length;
      count++;
    }
    this.waitingSides -= sides;
    return this.waiting.splice(0, count);
  }

  private giveBack(group: readonly FramedBatch[]): void {
    if (this.behind) return;
    const atMs = this.sinceMs ?? this.parts.nowMs();
    this.waiting.unshift(...group.map((batch) => ({ ...batch, atMs })));
    for (const { sides } of group) this.waitingSides += sides.length;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }
}
