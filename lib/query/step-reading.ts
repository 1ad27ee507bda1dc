/**
 * A window read step by step. In: a snapshot, the rows that matter with their columns, and equal steps of whole slots;
 * out: what a reader makes of the sums of each step, in order. Each step is read at one moment; between two of them the
 * caller may let other work in. Unix ms.
 */
import type { RollupRow, SlotSum } from "../model/rollup-row.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PlannedRow } from "./timeseries-lines.ts";
import { addToStep, newStep, resetStep, type Step } from "./timeseries-steps.ts";

/** What is summed in each step: the numbers of these rows at their offsets, and the covered time of these groups. */
export interface StepPlan {
  readonly rows: ReadonlyMap<string, PlannedRow>;
  /** The same by the rows' index in the live table. */
  readonly byIndex: readonly (PlannedRow | undefined)[];
  readonly groups: readonly string[];
  /** Length of the array of sums. */
  readonly size: number;
}

/** Lets other work in between two pieces of a long answer. */
export type Breathe = () => Promise<void>;

export interface StepSpan {
  readonly start: number;
  readonly end: number;
}

/** At most `most` steps of whole slots; the last one ends with the window. */
export function spansOf({ window }: Pick<Snapshot, "window">, most: number): StepSpan[] {
  const slots = Math.ceil((window.end - window.start) / window.slotMs);
  const stepMs = Math.max(1, Math.ceil(slots / most)) * window.slotMs;
  const spans: StepSpan[] = [];
  for (let start = window.start; start < window.end; start += stepMs) {
    spans.push({ start, end: Math.min(start + stepMs, window.end) });
  }
  return spans;
}

/**
 * The same on a grid that stays where it is while the window moves: steps start at multiples of their length, so that a
 * picture of the last hour keeps its columns when it refreshes. Only the first may be shorter.
 */
export function gridSpansOf(snapshot: Pick<Snapshot, "window">, most: number): StepSpan[] {
  const { start, end, slotMs } = snapshot.window;
  const slots = Math.ceil((end - start) / slotMs);
  // One step less than asked for leaves room for the one that the grid may add.
  const stepMs = slots <= most ? slotMs : Math.ceil(slots / Math.max(1, most - 1)) * slotMs;
  if (Math.ceil(end / stepMs) - Math.floor(start / stepMs) > most) return spansOf(snapshot, most);
  const spans: StepSpan[] = [];
  for (let at = Math.floor(start / stepMs) * stepMs; at < end; at += stepMs) {
    spans.push({ start: Math.max(at, start), end: Math.min(at + stepMs, end) });
  }
  return spans;
}

function addCoverage({ coveredMs }: Step, plan: StepPlan, covered: ReadonlyMap<string, number>): void {
  plan.groups.forEach((group, at) => {
    coveredMs[at] = (coveredMs[at] ?? 0) + (covered.get(group) ?? 0);
  });
}

/** Out: how many rows were looked at, in all slots. */
function addLive({ estate: { live } }: Snapshot, plan: StepPlan, span: StepSpan, step: Step): number {
  let rows = 0;
  live.scan(span.start, span.end, (index, values, at, size) => {
    rows++;
    const planned = plan.byIndex[index];
    if (planned !== undefined) addToStep(step, planned, { values, at, size });
  });
  addCoverage(step, plan, live.coverage(span.start, span.end, plan.groups));
  return rows;
}

/** Rows of the live table that are looked at before other work is let in, to the end of a step: 10 ms. */
const LIVE_ROWS = 32_768;

function addClosed(plan: StepPlan, closed: SlotSum, step: Step): void {
  for (const { row, values } of closed.rows) {
    const planned = plan.rows.get(row.key);
    if (planned !== undefined) addToStep(step, planned, { values, at: 0, size: values.length });
  }
  addCoverage(step, plan, closed.coveredMs);
}

/** Steps asked of the store before they are needed: it need not wait for what is made of the one before. */
const AHEAD = 8;

/** The sums of closed steps, in order. */
async function* closedSums({ window, estate }: Snapshot, plan: StepPlan, spans: readonly StepSpan[]) {
  const wanted = (row: RollupRow): boolean => plan.rows.has(row.key);
  const asked: Promise<SlotSum>[] = [];
  const ask = (span: StepSpan | undefined): void => {
    if (span === undefined) return;
    const sum = estate.store.read(window.slotMs, span.start, span.end, wanted);
    // Whoever gives up at the first that fails never sees the others.
    sum.catch(() => {});
    asked.push(sum);
  };
  for (let at = 0; at < spans.length; at++) {
    while (asked.length < Math.min(spans.length - at, AHEAD)) ask(spans[at + asked.length]);
    const next = asked.shift();
    if (next !== undefined) yield await next;
  }
}

/**
 * `read` is lent each step in turn and keeps nothing of it. Live steps come first, of a large estate a few at a time and the
 * newest before all others, since what is still told of it would be more than the window has time for. A slot that leaves the
 * live table meanwhile is of a step that is yet to be read, and is counted as a closed one: once either way.
 */
export async function readSteps<T>(
  snapshot: Snapshot,
  plan: StepPlan,
  spans: readonly StepSpan[],
  read: (step: Step) => T,
  breathe: Breathe,
): Promise<T[]> {
  const { window, estate } = snapshot;
  const whole = newStep(plan);
  const recent: T[] = [];
  let rows = 0;
  for (const span of [...spans].reverse()) {
    if (span.start < estate.live.horizonMs) break;
    resetStep(whole, span.end);
    rows += addLive(snapshot, plan, span, whole);
    recent.push(read(whole));
    if (rows < LIVE_ROWS) continue;
    rows = 0;
    await breathe();
  }
  const { horizonMs } = estate.live;
  const divided = newStep(plan);
  const older = spans.slice(0, spans.length - recent.length);
  const last = older[older.length - 1];
  if (last !== undefined && last.end > horizonMs) {
    resetStep(divided, last.end);
    addLive(snapshot, plan, last, divided);
  }
  const toMs = (end: number): number => Math.ceil(Math.min(end, horizonMs) / window.slotMs) * window.slotMs;
  const stored = older.map(({ start, end }) => ({ start, end: toMs(end) }));
  const closed: T[] = [];
  for await (const sum of closedSums(snapshot, plan, stored)) {
    const end = older[closed.length]?.end ?? horizonMs;
    const step = end > horizonMs ? divided : whole;
    if (step === whole) resetStep(whole, end);
    addClosed(plan, sum, step);
    closed.push(read(step));
    await breathe();
  }
  return [...closed, ...recent.reverse()];
}
