"use client";
/**
 * A heatmap's cells on a canvas: draws a view, says which cell the pointer or the keyboard is at and which part was
 * chosen. Fills its parent. Keys while focused: arrows, Page Up and Down, Home and End move the cell, Shift with them
 * widens the choice, Enter chooses, Escape clears. The same data as a table is the page's business.
 */
import { type KeyboardEvent, type PointerEvent, useId, useRef } from "react";
import { stepCell } from "../../lib/view/heatmap/cursor.ts";
import { type CellAt, cellAt, type Geometry } from "../../lib/view/heatmap/geometry.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";
import { setCrosshair } from "../ui/crosshair.ts";
import type { Chosen } from "./heat-engine.ts";
import { useHeatEngine } from "./use-heat-engine.ts";

export interface HeatCanvasProps {
  readonly view: HeatmapView;
  readonly geometry: Geometry;
  /** The picture in words. */
  readonly summary: string;
  readonly themeKey: string;
  readonly cursor: CellAt | null;
  readonly chosen: Chosen | null;
  readonly onCursor: (cell: CellAt | null, by: "pointer" | "keys") => void;
  /** While the pointer draws a choice. */
  readonly onDrag: (chosen: Chosen) => void;
  readonly onChoose: (chosen: Chosen) => void;
  readonly onClear: () => void;
  /** Enter on the choice. */
  readonly onOpen: () => void;
}

const HINT =
  "Arrow keys move from cell to cell, Home and End to the first and last column, Shift with an arrow chooses several, Enter shows the traces of the cell, Escape clears.";

export function HeatCanvas(props: HeatCanvasProps) {
  const { view, geometry, summary, cursor, chosen, onCursor, onDrag, onChoose, onClear, onOpen } = props;
  const { baseRef, overlayRef } = useHeatEngine(props);
  const hintId = useId();
  const anchor = useRef<CellAt | null>(null);

  const under = (event: PointerEvent<HTMLCanvasElement>): CellAt => {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt(view, geometry, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const cell = under(event);
    const column = view.columns[cell.column];
    if (column !== undefined) setCrosshair((column.startMs + column.endMs) / 2);
    onCursor(cell, "pointer");
    if (anchor.current !== null) onDrag({ from: anchor.current, to: cell });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLCanvasElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = stepCell(view, cursor, event.key);
    if (next !== null) {
      onCursor(next, "keys");
      if (event.shiftKey) onChoose({ from: chosen?.from ?? cursor ?? next, to: next });
    } else if (event.key === "Enter" && cursor !== null) {
      if (chosen === null || !event.shiftKey) onChoose({ from: cursor, to: cursor });
      onOpen();
    } else if (event.key === "Escape" && (chosen !== null || cursor !== null)) {
      onClear();
      onCursor(null, "keys");
    } else return;
    event.preventDefault();
  };

  return (
    <div className="relative h-full w-full" data-heatmap="drawn">
      <div aria-hidden="true" className="absolute inset-0">
        <canvas ref={baseRef} className="h-full w-full" />
      </div>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys have a meaning of their own here, which is what the application role says */}
      <canvas
        ref={overlayRef}
        role="application"
        aria-roledescription="heatmap"
        aria-label={summary}
        aria-describedby={hintId}
        tabIndex={0}
        className="absolute inset-0 h-full w-full cursor-crosshair touch-none outline-none focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-accent"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          anchor.current = under(event);
          onDrag({ from: anchor.current, to: anchor.current });
        }}
        onPointerMove={onPointerMove}
        onPointerUp={(event) => {
          if (anchor.current !== null) onChoose({ from: anchor.current, to: under(event) });
          anchor.current = null;
        }}
        onPointerCancel={() => {
          anchor.current = null;
        }}
        onPointerLeave={() => {
          setCrosshair(null);
          onCursor(null, "pointer");
        }}
        onBlur={() => onCursor(null, "keys")}
      />
      <p id={hintId} className="sr-only">
        {HINT}
      </p>
    </div>
  );
}
