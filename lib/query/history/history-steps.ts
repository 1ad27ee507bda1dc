/**
 * What was seen in each step of a window and of the time before it. In: a snapshot and the rows that matter; out: a byte per
 * step: of a row whether it counted anything, of a group whether it was observed. Costs one read of each step, as a time
 * series of the same rows does.
 */
import type { RollupRow } from "../../model/rollup-row.ts";
import { layoutOf } from "../row-layout.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Breathe, readSteps, type StepPlan, type StepSpan } from "../step-reading.ts";
import type { PlannedRow } from "../timeseries-lines.ts";
import type { Step } from "../timeseries-steps.ts";
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

/** `spans` before the window too, of its slots. */
export async function seenSteps(
  snapshot: Snapshot,
  rows: readonly RollupRow[],
  spans: readonly StepSpan[],
  breathe: Breathe,
): Promise<SeenSteps> {
  const plan = planOf(rows);
  const planned = [...plan.rows.values()];
  const read = ({ sums, coveredMs }: Step) => ({
    rows: Uint8Array.from(planned, ({ columns, offset }) => {
      for (let i = 0; i < columns.length; i++) if ((sums[offset + i] ?? 0) > 0) return 1;
      return 0;
    }),
    groups: Uint8Array.from(coveredMs, (ms) => (ms > 0 ? 1 : 0)),
  });
  const steps = await readSteps(snapshot, plan, spans, read, breathe);
  const seen = planned.map(({ row }, at) => [row.key, Uint8Array.from(steps, (step) => step.rows[at] ?? 0)] as const);
  await breathe();
  const observed = plan.groups.map((group, at) => [group, Uint8Array.from(steps, (s) => s.groups[at] ?? 0)] as const);
  const any = Uint8Array.from(steps, (step) => (step.groups.includes(1) ? 1 : 0));
  return { seen: new Map(seen), observed: new Map(observed), any };
}
