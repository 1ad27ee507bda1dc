/**
 * Runs sliced work beside everything else that the event loop does: a few milliseconds at a time, and then whatever waits.
 * Works that run at once share that time. In: sliced work; out: its result.
 */
import type { RunSliced, Sliced } from "../../lib/base/sliced.ts";

/** How long all sliced work together may hold the loop at a time, ms. */
const BUDGET_MS = 4;

interface Job {
  step(): boolean;
}

export class Slices {
  /** The longest that the loop was held so far, ms. */
  longestMs = 0;
  /** How long it was held in all, ms. */
  workMs = 0;
  private readonly jobs: Job[] = [];
  private scheduled = false;
  private readonly budgetMs: number;

  constructor(budgetMs = BUDGET_MS) {
    this.budgetMs = budgetMs;
  }

  readonly run: RunSliced = <T>(work: Sliced<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const step = (): boolean => {
        try {
          const next = work.next();
          if (next.done !== true) return false;
          resolve(next.value);
        } catch (error) {
          reject(error);
        }
        return true;
      };
      this.jobs.push({ step });
      this.schedule();
    });

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.scheduled = false;
    const began = performance.now();
    let now = began;
    while (this.jobs.length > 0 && now - began < this.budgetMs) {
      const job = this.jobs.shift();
      if (job !== undefined && !job.step()) this.jobs.push(job);
      now = performance.now();
    }
    this.longestMs = Math.max(this.longestMs, now - began);
    this.workMs += now - began;
    if (this.jobs.length > 0) this.schedule();
  }
}
