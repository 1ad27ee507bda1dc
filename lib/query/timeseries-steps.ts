/**
 * One step of a time series from sums over its rows. In: a plan, and what each row added in the step with the time its
 * group was observed; out: a number per metric, null where too little was observed. A step and a graph of the same time
 * agree: the same choice between views, the same remainder of unnamed callers, the same order of adding.
 */
import type { ExplicitHistogram, Histogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import { quantile } from "../model/histogram-quantile.ts";
import { apportion, type Shares } from "./edge-arrivals.ts";
import { chooseView } from "./edge-choice.ts";
import { joinedOrigin } from "./edge-joined.ts";
import { digits4, digits4OrNull, ratio } from "./numbers.ts";
import type { SERIES_METRICS } from "./schema/estate.ts";
import type { Line, LineView, Part, Plan, PlannedRow } from "./timeseries-lines.ts";

export type SeriesMetric = (typeof SERIES_METRICS)[number];
export type Values = Record<SeriesMetric, number | null>;

/** What was seen in one step: sums by the plan's offsets, covered ms by its groups. */
export interface Step {
  end: number;
  readonly sums: Float64Array;
  readonly coveredMs: Float64Array;
}

export function newStep(plan: Pick<Plan, "size" | "groups">): Step {
  return { end: 0, sums: new Float64Array(plan.size), coveredMs: new Float64Array(plan.groups.length) };
}

export function resetStep(step: Step, end: number): void {
  step.end = end;
  step.sums.fill(0);
  step.coveredMs.fill(0);
}

/** A row's numbers: `size` of them from `at` on. */
export interface Lent {
  readonly values: Float64Array;
  readonly at: number;
  readonly size: number;
}

export function addToStep({ sums }: Step, { columns, offset }: PlannedRow, { values, at, size }: Lent): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] ?? 0;
    if (column < size) sums[offset + i] = (sums[offset + i] ?? 0) + (values[at + column] ?? 0);
  }
}

/** Below this share of the window's traffic observed, a step is a gap: its sum would read low and mean nothing. */
const ENOUGH = 0.95;

/** One edge in the step being read; used again for the next. */
interface Seen {
  readonly line: Line;
  readonly isTcp: boolean;
  /** Of the line in the whole window. */
  readonly weight: number;
  view: LineView;
  covered: boolean;
  /** Below another edge: see `Line.below`. */
  hidden: boolean;
  total: number;
  failures: number;
  perSec: number;
  /** What stays of it, and what is joined to the service behind its host: see edge-arrivals.ts. */
  shares: Shares;
}

/** Counts by the plan's bounds; only histograms in which something was timed, since bounds unlike others cost grain. */
class Latencies {
  private readonly counts: (Float64Array | undefined)[] = [];
  private readonly plan: Plan;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  add({ latency }: LineView, sums: Float64Array, share: number): void {
    for (const { bounds, buckets } of latency) {
      let any = false;
      for (const at of buckets) any ||= (sums[at] ?? 0) > 0;
      if (!any) continue;
      this.counts[bounds] ??= new Float64Array(buckets.length);
      const counts = this.counts[bounds];
      for (let i = 0; i < buckets.length; i++) counts[i] = (counts[i] ?? 0) + (sums[buckets[i] ?? -1] ?? 0) * share;
    }
  }

  merged(): Histogram | null {
    let all: Histogram | null = null;
    this.counts.forEach((counts, at) => {
      if (counts === undefined) return;
      const bounds = this.plan.bounds[at] ?? [];
      const own: ExplicitHistogram = { scheme: "explicit", bounds, counts: [...counts], sum: 0 };
      all = all === null ? own : mergeHistograms(all, own);
    });
    return all;
  }
}

const GAP: Values = { requestsPerSec: null, errorRatio: null, p50: null, p95: null, p99: null, tcpBytesPerSec: null };

const WHOLE: Shares = { stays: 1, joined: 0 };

/** A line below others that speak: see `Line.below`. */
const HIDDEN = { covered: false, total: 0, failures: 0, perSec: 0, hidden: true } as const;

/** Reads one step after the other of one plan. */
export class StepReader {
  private readonly plan: Plan;
  private readonly all: readonly Seen[];
  private readonly whole: number;
  private readonly speaking: boolean[];
  private readonly speaks = (group: number): boolean => this.speaking[group] === true;
  /** By group: one over covered seconds, 0 where nothing was observed. */
  private readonly scale: Float64Array;
  private sums: Float64Array = new Float64Array(0);
  private end = 0;
  private readonly isPrinted = (row: number): boolean => {
    const { from = 0, until = 0 } = this.plan.printed[row] ?? {};
    return from < this.end && until >= this.end;
  };

  /** `weights`: by edge key, how much each carries in the whole window. */
  constructor(plan: Plan, weights: ReadonlyMap<string, number>) {
    this.plan = plan;
    this.speaking = plan.groups.map(() => false);
    this.scale = new Float64Array(plan.groups.length);
    let whole = 0;
    for (const weight of weights.values()) whole += weight;
    this.whole = whole;
    this.all = plan.lines.map((line) => ({
      line,
      isTcp: line.edge.protocol === "tcp",
      weight:
        (line.asked ? (weights.get(line.edge.key) ?? 0) : 0) +
        (line.askedJoined ? (weights.get(joinedOrigin(line.edge.key)) ?? 0) : 0),
      view: line.choices.otherwise,
      ...{ covered: false, hidden: false, total: 0, failures: 0, perSec: 0, shares: { stays: 1, joined: 0 } },
    }));
  }

  private count(parts: readonly Part[]): number {
    let sum = 0;
    for (const { at } of parts) sum += this.sums[at] ?? 0;
    return sum;
  }

  private perSec(parts: readonly Part[]): number {
    let sum = 0;
    for (const { at, group } of parts) sum += (this.sums[at] ?? 0) * (this.scale[group] ?? 0);
    return sum;
  }

  private see(seen: Seen): void {
    const { below, choices } = seen.line;
    const standing = below?.by.some(this.speaks) === true ? below.above : choices;
    if (standing === null) {
      Object.assign(seen, HIDDEN);
      return;
    }
    const view = chooseView(standing, this.speaks, this.isPrinted);
    let total = 0;
    let failures = 0;
    let perSec = 0;
    for (const { outcome, parts } of view.classes) {
      const count = this.count(parts);
      total += count;
      if (outcome === "failure") failures += count;
      perSec += this.perSec(parts);
    }
    seen.view = view;
    seen.hidden = false;
    seen.shares = WHOLE;
    seen.covered = view.groups.some((group) => (this.scale[group] ?? 0) > 0);
    seen.total = total;
    seen.failures = failures;
    seen.perSec = perSec;
  }

  private observe({ sums, coveredMs, end }: Step): void {
    this.sums = sums;
    this.end = end;
    this.plan.silentFromMs.forEach((at, group) => {
      const covered = coveredMs[group] ?? 0;
      this.scale[group] = covered > 0 ? 1000 / covered : 0;
      this.speaking[group] = covered > 0 && at >= end;
    });
    for (const seen of this.all) this.see(seen);
    const isShared = ({ role, candidate }: LineView["flow"]): boolean =>
      role === "told" || role === "nameless" || candidate !== null;
    // Most estates have neither, and nothing to share out.
    if (!this.all.some(({ view }) => isShared(view.flow))) return;
    const nothing = { counts: 0, perSec: 0 };
    const flows = this.all.map(({ view: { flow, volume }, hidden }) => ({
      ...flow,
      volume: hidden ? nothing : { counts: this.count(volume), perSec: this.perSec(volume) },
    }));
    const { shares } = apportion(flows);
    this.all.forEach((seen, i) => {
      seen.shares = shares[i] ?? seen.shares;
    });
  }

  read(step: Step): Values {
    this.observe(step);
    let weight = 0;
    let [total, failures, perSec, bytes] = [0, 0, 0, 0];
    const latencies = new Latencies(this.plan);
    for (const seen of this.all) {
      const { line, view, shares, covered, isTcp } = seen;
      const share = (line.asked ? shares.stays : 0) + (line.askedJoined ? shares.joined : 0);
      if (!covered) continue;
      // Where all of it is counted elsewhere it was observed all the same, and is nothing.
      weight += seen.weight;
      if (share === 0) continue;
      total += seen.total * share;
      failures += seen.failures * share;
      perSec += seen.perSec * share;
      if (isTcp) bytes += (this.perSec(view.requestBytes) + this.perSec(view.responseBytes)) * share;
      if (view.latency.length > 0) latencies.add(view, step.sums, share);
    }
    if (!(this.whole > 0) || weight / this.whole < ENOUGH) return GAP;
    const latency = latencies.merged();
    const at = (q: number): number | null => (latency === null ? null : digits4OrNull(quantile(latency, q)?.value));
    const requests = { requestsPerSec: digits4(perSec), errorRatio: ratio(failures, total) };
    return { ...requests, p50: at(0.5), p95: at(0.95), p99: at(0.99), tcpBytesPerSec: digits4(bytes) };
  }
}
