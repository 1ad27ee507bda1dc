/** The keyboard's walk over a heatmap. In: the cell it is at and a key; out: the next cell, or null for another key. */
import type { CellAt } from "./geometry.ts";
import type { HeatmapView } from "./present-heatmap.ts";

const PAGE = 10;

/** Where the walk begins: the fullest cell of the newest column that has any. */
export function firstCell(view: HeatmapView): CellAt {
  for (let column = view.columns.length - 1; column >= 0; column--) {
    const counts = view.columns[column]?.counts;
    if (counts === null || counts === undefined) continue;
    let row = -1;
    view.rows.forEach(({ index }, at) => {
      const best = row < 0 ? 0 : (counts[view.rows[row]?.index ?? -1] ?? 0);
      if ((counts[index] ?? 0) > best) row = at;
    });
    if (row >= 0) return { column, row };
  }
  return { column: Math.max(0, view.columns.length - 1), row: 0 };
}

const STEPS: Readonly<Record<string, readonly [columns: number, rows: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  PageUp: [0, PAGE],
  PageDown: [0, -PAGE],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
};

export function stepCell(view: HeatmapView, at: CellAt | null, key: string): CellAt | null {
  const step = STEPS[key];
  if (step === undefined) return null;
  if (at === null) return firstCell(view);
  const within = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
  return {
    column: within(at.column + step[0], view.columns.length),
    row: within(at.row + step[1], view.rows.length),
  };
}
