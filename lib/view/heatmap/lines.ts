/**
 * Quantile lines over a heatmap and the marks of its traces. In: a view and where its cells stand; out: polylines in
 * shares of the plot, broken where a column has no quantile, and a place for every trace.
 */
import { type Geometry, shareX, shareY } from "./geometry.ts";
import { type HeatmapView, QUANTILES, type QuantileName } from "./present-heatmap.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface QuantileLine {
  readonly name: QuantileName;
  /** Unbroken pieces; a piece of one point is a column alone between two gaps, as wide as the column. */
  readonly pieces: readonly (readonly Point[])[];
  /** The last point of all, where the line's name stands; null for a line without any. */
  readonly end: Point | null;
}

function pieceOf(points: readonly Point[], width: number): readonly Point[] {
  const [only] = points;
  if (points.length !== 1 || only === undefined) return points;
  return [
    { x: only.x - width / 2, y: only.y },
    { x: only.x + width / 2, y: only.y },
  ];
}

export function quantileLines(view: HeatmapView, geometry: Geometry): readonly QuantileLine[] {
  return QUANTILES.map(([name]) => {
    const pieces: (readonly Point[])[] = [];
    let piece: Point[] = [];
    let width = 0;
    let end: Point | null = null;
    const close = (): void => {
      if (piece.length > 0) pieces.push(pieceOf(piece, width));
      piece = [];
    };
    for (const { startMs, endMs, quantiles } of view.columns) {
      const known = quantiles[name];
      if (known === null) {
        close();
        continue;
      }
      width = shareX(geometry, endMs) - shareX(geometry, startMs);
      end = { x: shareX(geometry, (startMs + endMs) / 2), y: shareY(geometry, known.value) };
      piece.push(end);
    }
    close();
    return { name, pieces, end };
  });
}

/** Names at the ends of lines, at least `apart` from one another, in the order of their lines (p99 on top). */
export function lineNames(lines: readonly QuantileLine[], apart: number): readonly { name: string; y: number }[] {
  let free = 1;
  return lines.flatMap(({ name, end }) => {
    if (end === null) return [];
    const y = Math.min(end.y, free);
    free = y - apart;
    return [{ name, y }];
  });
}

/** One mark for each cell that has a trace, in its middle. */
export function exemplarMarks(view: HeatmapView, geometry: Geometry): readonly Point[] {
  const rows = new Map(view.rows.map(({ index }, row) => [index, row] as const));
  const seen = new Set<string>();
  return view.exemplars.flatMap(({ column, row }) => {
    const at = rows.get(row);
    const shown = view.columns[column];
    const key = `${column}/${row}`;
    if (at === undefined || shown === undefined || seen.has(key)) return [];
    seen.add(key);
    const top = shareY(geometry, geometry.edgesMs[at + 1] ?? 1);
    const bottom = shareY(geometry, geometry.edgesMs[at] ?? 1);
    return [{ x: shareX(geometry, (shown.startMs + shown.endMs) / 2), y: (top + bottom) / 2 }];
  });
}
