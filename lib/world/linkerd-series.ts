/**
 * Series of a Linkerd proxy: bins with the proxy's own bounds, and values by label text that are gone when nothing has
 * touched them for ten minutes. Legacy bounds: ms; the routes': seconds.
 */

export const LEGACY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000,
  50000,
];
export const ROUTE_BOUNDS_S: readonly number[] = [0.05, 0.5, 1, 10];
export const BACKEND_BOUNDS_S: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 10];
const IDLE_MS = 600_000;

export interface Bins {
  readonly bounds: readonly number[];
  /** One per bound and one above the last; not cumulative. */
  readonly counts: number[];
  count: number;
  sum: number;
}

export function binsOf(bounds: readonly number[]): Bins {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), count: 0, sum: 0 };
}

export function put(bins: Bins, value: number): void {
  let at = 0;
  while (at < bins.bounds.length && value > (bins.bounds[at] ?? 0)) at++;
  bins.counts[at] = (bins.counts[at] ?? 0) + 1;
  bins.count++;
  bins.sum += value;
}

/** Series by label text, each with the time of its last change (ms since the world began). */
export class Kept<T> {
  private readonly series = new Map<string, { readonly value: T; lastMs: number }>();
  private readonly make: () => T;

  constructor(make: () => T) {
    this.make = make;
  }

  touch(labels: string, nowMs: number): T {
    const known = this.series.get(labels) ?? { value: this.make(), lastMs: nowMs };
    known.lastMs = nowMs;
    this.series.set(labels, known);
    return known.value;
  }

  /** Drops what is idle, and answers with the rest in the order in which it began. */
  fresh(nowMs: number): readonly (readonly [string, T])[] {
    for (const [labels, { lastMs }] of this.series) if (nowMs - lastMs > IDLE_MS) this.series.delete(labels);
    return [...this.series].map(([labels, { value }]) => [labels, value] as const);
  }

  /** Everything, for families that do not expire. */
  all(): readonly (readonly [string, T])[] {
    return [...this.series].map(([labels, { value }]) => [labels, value] as const);
  }
}

export interface Count {
  n: number;
}

export interface TcpCounts {
  opened: number;
  closed: number;
  /** From the peer, and to it. */
  read: number;
  written: number;
}
