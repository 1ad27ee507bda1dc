/**
 * When a target was observed: runs of time without a gap, Unix ms, and how long its readings are apart. In: the interval
 * of each reading that follows another; out: whether a stretch was covered, and the usual interval.
 */

/** Runs kept: a target that is lost more often in a day has its oldest ones forgotten. */
const MAX_RUNS = 64;
const RECENT = 5;

export interface Run {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Observed {
  private runs: Run[] = [];
  private recent: number[] = [];

  get lastRun(): Run | undefined {
    return this.runs.at(-1);
  }

  get lastMs(): number {
    return this.lastRun?.toMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Median of the last readings' intervals; undefined before the second one. */
  get intervalMs(): number | undefined {
    const sorted = [...this.recent].sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }

  /** One reading; `run` where it is not known how many readings it was. */
  cover(fromMs: number, toMs: number, of: "reading" | "run" = "reading"): void {
    if (!(toMs > fromMs)) return;
    if (of === "reading") this.recent = [...this.recent.slice(1 - RECENT), toMs - fromMs];
    const last = this.lastRun;
    if (last !== undefined && fromMs <= last.toMs) {
      this.runs[this.runs.length - 1] = {
        fromMs: Math.min(last.fromMs, fromMs),
        toMs: Math.max(last.toMs, toMs),
      };
    } else this.runs = [...this.runs.slice(1 - MAX_RUNS), { fromMs, toMs }];
  }

  isCovered(fromMs: number, toMs: number): boolean {
    return this.runs.some((run) => run.fromMs <= fromMs && run.toMs >= toMs);
  }

  forgetBefore(ms: number): void {
    if (this.runs.some(({ toMs }) => toMs < ms)) this.runs = this.runs.filter(({ toMs }) => toMs >= ms);
  }

  /** The part of [fromMs, toMs] that was observed, ms. */
  within(fromMs: number, toMs: number): number {
    return this.runs.reduce(
      (sum, run) => sum + Math.max(0, Math.min(run.toMs, toMs) - Math.max(run.fromMs, fromMs)),
      0,
    );
  }

  all(): readonly Run[] {
    return this.runs;
  }
}
