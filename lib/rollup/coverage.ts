/**
 * Which time was observed. A target's covered intervals lie between its consecutive successful readings; a group's are
 * the union of its targets' (a group is a job's proxies of one workload). In: intervals in Unix ms; out: covered ms.
 *
 * Scrapes of replicas are not in step, so at the newest edge of a window some replicas have spoken for time that others
 * have yet to report. While a target's next reading is not overdue, that time counts in the share of the targets that
 * have reported it; likewise before the first reading of a target whose process already ran. Without this, the increases
 * of the punctual replica would be divided by time that only it covers, and every window would read low at its end.
 */
export interface Interval {
  from: number;
  to: number;
}

/** One of several that are in order and do not overlap. */
export interface Step {
  readonly start: number;
  readonly end: number;
}

/** An interval between readings longer than this is a baseline: 5 minutes, or three scrapes if that is more. */
export const MIN_GAP_MS = 300_000;
/** A reading is overdue this many intervals after the last one. */
const OVERDUE_INTERVALS = 1.5;
/** Further from now than this and a span's end is in no slot that anybody looks at. */
export const MAX_OFF_MS = 600_000;
/** Covered time of who tells by spans follows the clock at this distance and the lateness of its spans, in such steps. */
export const SPAN_QUIET_MS = 15_000;
export const SPAN_FOLLOW_MS = 5_000;
/** Who follows the clock looks at it once a second, and may be late. */
const TICKS_MS = 2_000;
/**
 * How long after its end a call may yet be counted: its spans come as late as they are taken, and a half of one waits for
 * the other for 10 s, which is less than covered time may be behind.
 */
const SPAN_LATE_MS = MAX_OFF_MS + SPAN_QUIET_MS + SPAN_FOLLOW_MS + TICKS_MS;

export const SPAN_JOB = "spans";

/** Keys of targets that another collector reads, before its name and their own. */
export const MEMBER_PREFIX = "member/";

/** How late what a target tells may be of: a scrape is of its own time, whoever tells by spans may send old ones. */
function latenessOf(key: string): number {
  const isOthers = key.startsWith(MEMBER_PREFIX) && key.includes(`/${SPAN_JOB}/`);
  return isOthers || key.startsWith(`${SPAN_JOB}/`) ? SPAN_LATE_MS : 0;
}

/** What another collector had handed over of a target, and when: what it told since is here in part at most. */
export interface Handed {
  readonly atMs: number;
  readonly lastMs: number | null;
}

export class TargetCoverage {
  readonly intervals: Interval[] = [];
  firstMs: number | null = null;
  lastMs: number | null = null;
  processStartMs: number | null = null;
  readonly intervalMs: number;
  readonly lateMs: number;
  /** Of a target that another collector reads. */
  handed: Handed | null = null;

  constructor(key: string, intervalMs: number) {
    this.intervalMs = intervalMs;
    this.lateMs = latenessOf(key);
  }

  get maxGapMs(): number {
    return Math.max(MIN_GAP_MS, 3 * this.intervalMs);
  }

  /**
   * Whether its next reading may yet change what is known of a time before `endMs`: it was not read since, and a reading
   * now would be spread back over that time; or so little time went by that replicas not yet read may have run then, or
   * that spans of then may still come. Of another collector's target this is so until it has handed over all that it had
   * when it no longer was.
   */
  maySayOf(endMs: number, nowMs: number): boolean {
    const { atMs, lastMs } = this.handed ?? { atMs: nowMs, lastMs: this.lastMs };
    if (atMs - endMs <= Math.max(this.lateMs, OVERDUE_INTERVALS * this.intervalMs)) return true;
    return lastMs !== null && lastMs < endMs && atMs - lastMs <= this.maxGapMs;
  }

  /** Steps, of those from `fromMs` on, in which some of its time is. */
  observedSteps(steps: readonly Step[], fromMs: number, mark: (step: number) => void): void {
    let at = 0;
    for (const { from, to } of this.intervals) {
      const begins = Math.max(from, fromMs);
      while (at < steps.length && (steps[at]?.end ?? 0) <= begins) at++;
      for (let step = at; step < steps.length && (steps[step]?.start ?? 0) < to; step++) {
        if (to > Math.max(begins, steps[step]?.start ?? 0)) mark(step);
      }
    }
  }

  seen(atMs: number): void {
    this.firstMs ??= atMs;
    this.lastMs = Math.max(this.lastMs ?? atMs, atMs);
  }

  cover(from: number, to: number): void {
    const last = this.intervals[this.intervals.length - 1];
    if (last === undefined || from > last.to) this.intervals.push({ from, to });
    else if (to < last.from) this.coverBefore(from, to);
    else {
      last.from = Math.min(last.from, from);
      last.to = Math.max(last.to, to);
      this.joinLast();
    }
  }

  /** A clock that was set back: the time between is not covered by it. */
  private coverBefore(from: number, to: number): void {
    const { intervals } = this;
    intervals.push({ from, to });
    intervals.sort((a, b) => a.from - b.from);
    for (let i = intervals.length - 1; i > 0; i--) {
      const before = intervals[i - 1];
      const after = intervals[i];
      if (before === undefined || after === undefined || before.to < after.from) continue;
      before.to = Math.max(before.to, after.to);
      intervals.splice(i, 1);
    }
  }

  /** Another endpoint's longer interval may reach back over a gap: intervals never overlap. */
  private joinLast(): void {
    const { intervals } = this;
    for (;;) {
      const last = intervals[intervals.length - 1];
      const before = intervals[intervals.length - 2];
      if (last === undefined || before === undefined || before.to < last.from) return;
      before.from = Math.min(before.from, last.from);
      before.to = Math.max(before.to, last.to);
      intervals.pop();
    }
  }

  forgetBefore(atMs: number): void {
    while ((this.intervals[0]?.to ?? atMs) < atMs) this.intervals.shift();
  }
}

/** Time in [from, to) that the group is expected to report but has not: see the head of this file. */
function pendingOf(target: TargetCoverage, groupFirst: number, groupLast: number): Interval[] {
  const { firstMs, lastMs, intervalMs, processStartMs } = target;
  if (firstMs === null || lastMs === null) return [];
  const pending: Interval[] = [];
  if (lastMs < groupLast && groupLast - lastMs <= OVERDUE_INTERVALS * intervalMs) {
    pending.push({ from: lastMs, to: groupLast });
  }
  const ranBefore = processStartMs === null ? groupFirst > firstMs - OVERDUE_INTERVALS * intervalMs : true;
  if (ranBefore && firstMs > groupFirst) {
    const from = Math.max(groupFirst, processStartMs ?? groupFirst, firstMs - OVERDUE_INTERVALS * intervalMs);
    if (from < firstMs) pending.push({ from, to: firstMs });
  }
  return pending;
}

function overlap(interval: Interval, from: number, to: number): number {
  return Math.max(0, Math.min(interval.to, to) - Math.max(interval.from, from));
}

/** Covered ms of a group in [from, to). */
export function coveredMs(targets: Iterable<TargetCoverage>, from: number, to: number): number {
  const all = [...targets];
  const [only] = all;
  if (only !== undefined && all.length === 1) {
    return only.intervals.reduce((sum, interval) => sum + overlap(interval, from, to), 0);
  }
  const firsts = all.flatMap((target) => (target.firstMs === null ? [] : [target.firstMs]));
  const lasts = all.flatMap((target) => (target.lastMs === null ? [] : [target.lastMs]));
  const groupFirst = Math.min(...firsts);
  const groupLast = Math.max(...lasts);
  const steps: { at: number; covering: number; pending: number }[] = [];
  const add = (interval: Interval, covering: number, pending: number): void => {
    const a = Math.max(interval.from, from);
    const b = Math.min(interval.to, to);
    if (a >= b) return;
    steps.push({ at: a, covering, pending }, { at: b, covering: -covering, pending: -pending });
  };
  for (const target of all) {
    for (const interval of target.intervals) add(interval, 1, 0);
    for (const interval of pendingOf(target, groupFirst, groupLast)) add(interval, 0, 1);
  }
  return integrate(steps.sort((a, b) => a.at - b.at));
}

function integrate(steps: readonly { at: number; covering: number; pending: number }[]): number {
  let sum = 0;
  let covering = 0;
  let pending = 0;
  let at = steps[0]?.at ?? 0;
  for (const step of steps) {
    if (covering > 0) sum += ((step.at - at) * covering) / (covering + pending);
    covering += step.covering;
    pending += step.pending;
    at = step.at;
  }
  return sum;
}
