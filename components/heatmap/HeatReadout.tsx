"use client";
/** Beside the cell under the pointer or the keyboard: its time, latency, count and share. */
import { boxOf, type CellAt, type Geometry } from "../../lib/view/heatmap/geometry.ts";
import { cellWords, quantileWords } from "../../lib/view/heatmap/heatmap-words.ts";
import { type HeatmapView, QUANTILES } from "../../lib/view/heatmap/present-heatmap.ts";

interface HeatReadoutProps {
  readonly view: HeatmapView;
  readonly geometry: Geometry;
  readonly cell: CellAt;
}

export function HeatReadout({ view, geometry, cell }: HeatReadoutProps) {
  const words = cellWords(view, cell);
  const column = view.columns[cell.column];
  if (words === null || column === undefined) return null;
  const box = boxOf(view, geometry, cell, cell);
  const isLate = box.left > 0.6;
  const isLow = box.top > 0.5;
  return (
    <div
      className="pointer-events-none absolute z-10 w-max max-w-64 rounded-md border border-line bg-panel px-2 py-1 text-xs shadow-overlay"
      style={{
        ...(isLate
          ? { right: `calc(${100 * (1 - box.left)}% + 8px)` }
          : { left: `calc(${100 * (box.left + box.width)}% + 8px)` }),
        ...(isLow ? { bottom: `${100 * (1 - box.top - box.height)}%` } : { top: `${100 * box.top}%` }),
      }}
    >
      <div>
        <span className="font-medium">{words.count}</span>
        <span className="text-quiet">{words.share === "" ? "" : `, ${words.share}`}</span>
      </div>
      <div>{words.latency}</div>
      <div className="text-quiet">{words.time}</div>
      {column.total === null || column.total === 0 ? null : (
        <div className="text-quiet">{QUANTILES.map(([name]) => quantileWords(column.quantiles, name)).join(" · ")}</div>
      )}
      {words.caution === "" ? null : <div className="text-degraded-text">{words.caution}</div>}
    </div>
  );
}
