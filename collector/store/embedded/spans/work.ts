/**
 * How much a query may do, and when it lets others have a turn. In: work, counted in rows looked at (or as much as that
 * many rows cost). Out: a turn of the event loop whenever it is due, so that what is stored meanwhile is not held up; and
 * whether the bound is reached. The bound is counted, so that an answer does not depend on how busy the machine is; the
 * deadline is for what counting misjudges.
 */
import { setImmediate } from "node:timers/promises";

/** About 4 ms. */
const ROWS_A_TURN = 400_000;

export interface Bounds {
  readonly rows: number;
  readonly ms: number;
}

export const READ_BOUNDS: Bounds = { rows: 300_000_000, ms: 10_000 };

/** What reading a block's head costs, or a trace. */
export const HEAD_ROWS = 500;
export const TRACE_ROWS = 10_000;

export class Work {
  rows = 0;
  private sinceTurn = 0;
  private readonly bounds: Bounds;
  private readonly began = performance.now();

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  add(rows: number): void {
    this.rows += rows;
    this.sinceTurn += rows;
  }

  /** To be waited for between pieces of work. */
  async turn(): Promise<void> {
    if (this.sinceTurn < ROWS_A_TURN) return;
    this.sinceTurn = 0;
    await setImmediate();
  }

  isOver(): boolean {
    return this.rows > this.bounds.rows || performance.now() - this.began > this.bounds.ms;
  }
}
