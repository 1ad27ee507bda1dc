/**
 * Where the increase of one series starts at one reading: design §2.1 rule 3 as a decision. In: the reading's endpoint and
 * times, and when the series was last counted, by whom. Out: from its last value, from zero, or a baseline.
 */
import type { ProcessClock } from "./process-clock.ts";
import { type Share, sharesOf } from "./spread.ts";

/** One way to read a target. */
export interface EndpointState {
  readonly index: number;
  lastMs: number | null;
  /** What the last reading left out that may matter; `key` as `ScrapeReading.lossKey`. */
  lastLoss: { readonly key: string | undefined } | null;
  /** Number of the current reading. */
  reading: number;
  readonly process: ProcessClock;
}

/** What holds for all series of one reading. */
export interface Pass {
  readonly endpoint: EndpointState;
  readonly atMs: number;
  /** The endpoint's reading before. */
  readonly lastMs: number | null;
  readonly maxGapMs: number;
  readonly baseline: boolean;
  readonly restarted: boolean;
  /** Absence from the reading before says nothing: what it left out may have come back in this one. */
  readonly unsure: boolean;
  readonly shares: Map<number, readonly Share[]>;
}

/**
 * When a series was last counted; `seenIn` is the number of its owner's reading, -1 before the first, and `withheldIn` of
 * the last one that showed it without a usable value.
 */
export interface Counted {
  readonly owner: number;
  readonly atMs: number;
  readonly seenIn: number;
  readonly withheldIn: number;
}

export interface SeriesStart {
  readonly from: "last" | "zero" | "baseline";
  /** Unix ms. */
  readonly since: number;
}

/**
 * Undefined when the series is another endpoint's to count. Absent at the reading before and present now, it started at 0,
 * in the same process or in a new one, unless it was created before that reading.
 */
export function startOf(
  pass: Pass,
  series: Counted,
  intervalMs: number,
  createdMs: number | undefined,
): SeriesStart | undefined {
  const { endpoint, atMs, lastMs, maxGapMs } = pass;
  if (series.owner !== endpoint.index && series.seenIn >= 0) {
    if (atMs - series.atMs <= 2 * intervalMs) return undefined;
    const stale = atMs - series.atMs > maxGapMs;
    const reborn = (endpoint.process.startMs ?? Number.NEGATIVE_INFINITY) > series.atMs;
    return { from: stale ? "baseline" : reborn ? "zero" : "last", since: series.atMs };
  }
  if (pass.baseline || lastMs === null) return { from: "baseline", since: atMs };
  if (pass.restarted) return { from: "zero", since: lastMs };
  if (series.seenIn === endpoint.reading - 1) return { from: "last", since: lastMs };
  const withheld = series.withheldIn === endpoint.reading - 1;
  if (withheld || pass.unsure || (createdMs !== undefined && createdMs < lastMs)) {
    return { from: "baseline", since: atMs };
  }
  return { from: "zero", since: Math.min(atMs, Math.max(lastMs, createdMs ?? lastMs)) };
}

/** The increase of a reading is spread over its own interval; nearly all series of it share one. */
export function sharesFor(pass: Pass, since: number): readonly Share[] {
  const known = pass.shares.get(since);
  if (known !== undefined) return known;
  const made = sharesOf(since, pass.atMs);
  pass.shares.set(since, made);
  return made;
}
