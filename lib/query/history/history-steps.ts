/**
 * What was seen in each step of a window and of the time before it. In: a snapshot and the rows that matter; out: a byte per
 * step: of a row whether it counted anything, of a group whether it was observed. Costs one read of each step, as a time
 * series of the same rows does.
 */
import type { RollupRow, SlotSum } from "../../model/rollup-row.ts";
import { layoutOf } from "../row-layout.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Breathe, StepPlan, StepSpan } from "../step-reading.ts";
import type { PlannedRow } from "../timeseries-lines.ts";
import { addToStep, newStep, resetStep, type Step } from "../timeseries-steps.ts";
import { MOVING } from "../view-graph.ts";

export interface SeenSteps {
  /** By row's key. */
  readonly seen: ReadonlyMap<string, Uint8Array>;
  /** By group. */
  readonly observed: ReadonlyMap<string, Uint8Array>;
  /** Whether any group was observed. */
  readonly any: Uint8Array;
}

const moving: ReadonlySet<string> = new Set(MOVING);

function columnsOf(row: RollupRow): number[] {
  const { classes, counters } = layoutOf(row);
  return [...classes.map(({ at }) => at), ...counters.filter(({ name }) => moving.has(name)).map(({ at }) => at)];
}

function planOf(rows: readonly RollupRow[]): StepPlan {
  const byKey = new Map<string, PlannedRow>();
  const byIndex: PlannedRow[] = [];
  const groups = new Set<string>();
  let size = 0;
  for (const row of rows) {
    if (byKey.has(row.key)) continue;
    const planned = { row, columns: columnsOf(row), offset: size };
    size += planned.columns.length;
    byKey.set(row.key, planned);
    byIndex[row.index] = planned;
    groups.add(row.group);
  }
  return { rows: byKey, byIndex, groups: [...groups], size };
}

/** Steps asked of the store before they are needed. */
const AHEAD = 8;

/** What closed slots add to each span, in order; null where all of it was live when it was its turn. */
async function* closedParts({ window, estate }: Snapshot, plan: StepPlan, spans: readonly StepSpan[]) {
  const { live, store } = estate;
  const { slotMs } = window;
  const wanted = (row: RollupRow): boolean => plan.rows.has(row.key);
  const ask = ({ start, end }: StepSpan): Promise<SlotSum> | null => {
    if (start >= live.horizonMs) return null;
    const sum = store.read(slotMs, start, Math.ceil(Math.min(end, live.horizonMs) / slotMs) * slotMs, wanted);
    // Whoever gives up at the first that fails never sees the others.
    sum.catch(() => {});
    return sum;
  };
  const asked: (Promise<SlotSum> | null)[] = [];
  for (let at = 0; at < spans.length; at++) {
    for (let next = at + asked.length; next < Math.min(spans.length, at + AHEAD); next++) {
      const span = spans[next];
      if (span !== undefined) asked.push(ask(span));
    }
    const span = spans[at];
    if (span === undefined) return;
    // One that was live may have been closed since.
    yield { span, closed: await (asked.shift() ?? ask(span)) };
  }
}

function addLive({ estate: { live } }: Snapshot, plan: StepPlan, span: StepSpan, step: Step): void {
  if (span.end <= live.horizonMs) return;
  live.scan(span.start, span.end, (index, values, at, size) => {
    const planned = plan.byIndex[index];
    if (planned !== undefined) addToStep(step, planned, { values, at, size });
  });
  addObserved(plan, live.coverage(span.start, span.end, plan.groups), step);
}

function addObserved(plan: StepPlan, covered: ReadonlyMap<string, number>, { coveredMs }: Step): void {
  plan.groups.forEach((group, at) => {
    coveredMs[at] = (coveredMs[at] ?? 0) + (covered.get(group) ?? 0);
  });
}

function addClosed(plan: StepPlan, closed: SlotSum, step: Step): void {
  for (const { row, values } of closed.rows) {
    const planned = plan.rows.get(row.key);
    if (planned !== undefined) addToStep(step, planned, { values, at: 0, size: values.length });
  }
  addObserved(plan, closed.coveredMs, step);
}

const isSeen = ({ sums }: Step, { columns, offset }: PlannedRow): boolean => {
  for (let i = 0; i < columns.length; i++) if ((sums[offset + i] ?? 0) > 0) return true;
  return false;
};

/**
 * `spans` before the window too, of its slots. Other work comes in after each: what was seen in one stays so, and a slot
 * that is closed meanwhile and read twice is seen all the same.
 */
export async function seenSteps(
  snapshot: Snapshot,
  rows: readonly RollupRow[],
  spans: readonly StepSpan[],
  breathe: Breathe,
): Promise<SeenSteps> {
  const plan = planOf(rows);
  const planned = [...plan.rows.values()];
  const made = (): Uint8Array => new Uint8Array(spans.length);
  const seen = planned.map((one) => ({ one, steps: made() }));
  const observed = plan.groups.map(made);
  const any = made();
  const step = newStep(plan);
  let at = 0;
  for await (const { span, closed } of closedParts(snapshot, plan, spans)) {
    resetStep(step, span.end);
    if (closed !== null) addClosed(plan, closed, step);
    addLive(snapshot, plan, span, step);
    for (const { one, steps } of seen) if (isSeen(step, one)) steps[at] = 1;
    step.coveredMs.forEach((ms, group) => {
      if (ms <= 0) return;
      any[at] = 1;
      const steps = observed[group];
      if (steps !== undefined) steps[at] = 1;
    });
    at++;
    await breathe();
  }
  return {
    seen: new Map(seen.map(({ one, steps }) => [one.row.key, steps])),
    observed: new Map(plan.groups.map((group, i) => [group, observed[i] ?? made()])),
    any,
  };
}
