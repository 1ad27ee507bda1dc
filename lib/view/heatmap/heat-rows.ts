/** A heatmap as a table: a row for each cell with a count, and one for each column that nobody observed. */
import type { Area } from "./area.ts";
import type { HeatmapView } from "./present-heatmap.ts";

export interface HeatCell {
  readonly id: string;
  readonly area: Area;
  /** Null: not observed. */
  readonly count: number | null;
  /** Of the column. */
  readonly share: number | null;
  readonly observed: number;
  readonly traces: number;
}

/** Newest first, then slowest first. */
export function heatCells(view: HeatmapView): readonly HeatCell[] {
  const traces = new Map<string, number>();
  for (const { column, row } of view.exemplars) {
    traces.set(`${column}/${row}`, (traces.get(`${column}/${row}`) ?? 0) + 1);
  }
  const rows = [...view.rows].reverse();
  return [...view.columns].reverse().flatMap(({ index, startMs, endMs, counts, total, observed }): HeatCell[] => {
    const id = String(startMs);
    if (counts === null) {
      const area = { startMs, endMs, loMs: 0, hiMs: null };
      return [{ id, area, count: null, share: null, observed, traces: 0 }];
    }
    return rows.flatMap((row) => {
      const count = counts[row.index] ?? 0;
      const held = traces.get(`${index}/${row.index}`) ?? 0;
      if (!(count > 0) && held === 0) return [];
      const area = { startMs, endMs, loMs: row.loMs, hiMs: row.hiMs };
      const share = total !== null && total > 0 ? count / total : null;
      return [{ id: `${id}/${row.index}`, area, count, share, observed, traces: held }];
    });
  });
}
