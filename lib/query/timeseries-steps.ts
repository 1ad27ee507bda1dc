/**
 * One step of a time series from sums over its rows. In: a plan, and what each row added in the step with the time its
 * group was observed; out: a number per metric, null where too little was observed. A step and a graph of the same time
 * agree: the same choice between views, the same remainder of unnamed callers, the same order of adding.
 */
import type { ExplicitHistogram, Histogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import { quantile } from "../model/histogram-quantile.ts";
import { chooseView } from "./edge-choice.ts";
import { type Arrived, REMAINDER_NOISE, remainder } from "./edge-facts.ts";
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

export function addToStep(step: Step, { columns, offset }: PlannedRow, values: Float64Array): void {
  const { sums } = step;
  for (let i = 0; i < columns.length; i++) {
    const at = columns[i] ?? 0;
    if (at < values.length) sums[offset + i] = (sums[offset + i] ?? 0) + (values[at] ?? 0);
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
  total: number;
  failures: number;
  perSec: number;
  /** Share of it that no named caller accounts for; 1 but for unnamed callers, 0 where it is noise. */
  share: number;
}

/** What a destination says of unnamed callers, less what named callers say they sent it: the rule of the graph. */
function subtractNamed(all: readonly Seen[], opened: (one: Seen) => { counts: number; perSec: number }): void {
  const services = new Map<string, { arrived: Arrived; named: boolean }>();
  for (const one of all) {
    const { view, line, isTcp } = one;
    const none = { named: { counts: 0, perSec: 0 }, unnamed: { counts: 0, perSec: 0 } };
    const known = services.get(line.edge.service) ?? { arrived: none, named: false };
    services.set(line.edge.service, known);
    known.named ||= !view.inbound;
    const by = known.arrived[view.inbound ? "unnamed" : "named"];
    const volume = isTcp ? opened(one) : { counts: one.total, perSec: one.perSec };
    by.counts += volume.counts;
    by.perSec += volume.perSec;
  }
  for (const one of all) {
    const service = services.get(one.line.edge.service);
    if (one.view.inbound && service !== undefined) one.share = shareOf(service.arrived, service.named);
  }
}

function shareOf(arrived: Arrived, named: boolean): number {
  if (arrived.unnamed.counts === 0) return named ? 0 : 1;
  if (arrived.named.counts === 0) return 1;
  const share = remainder(arrived);
  return share < REMAINDER_NOISE ? 0 : share;
}

/** Counts by the plan's bounds; only histograms in which something was timed, since bounds unlike others cost grain. */
class Latencies {
  private readonly counts: (Float64Array | undefined)[] = [];
  private readonly plan: Plan;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  add({ latency }: LineView, sums: Float64Array): void {
    for (const { bounds, buckets } of latency) {
      let any = false;
      for (const at of buckets) any ||= (sums[at] ?? 0) > 0;
      if (!any) continue;
      this.counts[bounds] ??= new Float64Array(buckets.length);
      const counts = this.counts[bounds];
      for (let i = 0; i < buckets.length; i++) counts[i] = (counts[i] ?? 0) + (sums[buckets[i] ?? -1] ?? 0);
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
      weight: line.asked ? (weights.get(line.edge.key) ?? 0) : 0,
      view: line.choices.otherwise,
      ...{ covered: false, total: 0, failures: 0, perSec: 0, share: 1 },
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
    const view = chooseView(seen.line.choices, this.speaks);
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
    seen.covered = view.groups.some((group) => (this.scale[group] ?? 0) > 0);
    seen.total = total;
    seen.failures = failures;
    seen.perSec = perSec;
    seen.share = 1;
  }

  private observe({ sums, coveredMs, end }: Step): void {
    this.sums = sums;
    this.plan.silentFromMs.forEach((at, group) => {
      const covered = coveredMs[group] ?? 0;
      this.scale[group] = covered > 0 ? 1000 / covered : 0;
      this.speaking[group] = covered > 0 && at >= end;
    });
    for (const seen of this.all) this.see(seen);
    if (!this.all.some(({ view }) => view.inbound)) return;
    const opened = ({ view }: Seen) => ({ counts: this.count(view.opened), perSec: this.perSec(view.opened) });
    subtractNamed(this.all, opened);
  }

  read(step: Step): Values {
    this.observe(step);
    let weight = 0;
    let [total, failures, perSec, bytes] = [0, 0, 0, 0];
    const latencies = new Latencies(this.plan);
    for (const seen of this.all) {
      const { line, view, share, covered, isTcp } = seen;
      if (!line.asked || !covered || share === 0) continue;
      weight += seen.weight;
      total += seen.total * share;
      failures += seen.failures * share;
      perSec += seen.perSec * share;
      if (isTcp) bytes += (this.perSec(view.requestBytes) + this.perSec(view.responseBytes)) * share;
      if (view.latency.length > 0) latencies.add(view, step.sums);
    }
    if (!(this.whole > 0) || weight / this.whole < ENOUGH) return GAP;
    const latency = latencies.merged();
    const at = (q: number): number | null => (latency === null ? null : digits4OrNull(quantile(latency, q)?.value));
    const requests = { requestsPerSec: digits4(perSec), errorRatio: ratio(failures, total) };
    return { ...requests, p50: at(0.5), p95: at(0.95), p99: at(0.99), tcpBytesPerSec: digits4(bytes) };
  }
}
