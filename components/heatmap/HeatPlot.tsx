"use client";
/** The picture with its axes: time to the right, latency upwards, names of the quantile lines, what the pointer is on. */
import { useEffect, useMemo, useRef, useState } from "react";
import { ticks } from "../../lib/view/chart.ts";
import { durationMs, plain } from "../../lib/view/format.ts";
import { type Area, areaBetween, cellsOf } from "../../lib/view/heatmap/area.ts";
import { type CellAt, type Geometry, geometryOf, latencyMarks, shareX } from "../../lib/view/heatmap/geometry.ts";
import { cellWords, heatmapSummary, spokenCell } from "../../lib/view/heatmap/heatmap-words.ts";
import { lineNames, quantileLines } from "../../lib/view/heatmap/lines.ts";
import { type HeatmapView, WHOLE } from "../../lib/view/heatmap/present-heatmap.ts";
import { clock, zoneMinutes } from "../../lib/view/time.ts";
import { HeatCanvas } from "../canvas/HeatCanvas.tsx";
import type { Chosen } from "../canvas/heat-engine.ts";
import { EventTicks } from "../shell/EventTicks.tsx";
import { PANEL_ID } from "../shell/SidePanel.tsx";
import { useThemeKey } from "../shell/ThemeToggle.tsx";
import { HeatReadout } from "./HeatReadout.tsx";

interface HeatPlotProps {
  readonly view: HeatmapView;
  readonly name: string;
  readonly area: Area | null;
  readonly onArea: (area: Area | null) => void;
}

const NAME_PX = 14;

/** Height of the plot in px, for what must not overlap. */
function useHeight() {
  const ref = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(400);
  useEffect(() => {
    if (ref.current === null) return;
    const element = ref.current;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, height] as const;
}

function LatencyAxis({ geometry, height }: { readonly geometry: Geometry; readonly height: number }) {
  return (
    <div aria-hidden="true" className="relative w-16 shrink-0">
      <span className="absolute -top-5 right-2 text-2xs text-quiet">latency</span>
      {latencyMarks(geometry, height).map(({ ms, share }) => (
        <span
          key={ms}
          className="absolute right-2 -translate-y-1/2 whitespace-nowrap text-2xs text-quiet"
          style={{ top: `${100 * share}%` }}
        >
          {plain(durationMs(ms))}
        </span>
      ))}
    </div>
  );
}

function TimeAxis({ geometry }: { readonly geometry: Geometry }) {
  return (
    <div aria-hidden="true" className="relative ml-16 mr-10 h-5 shrink-0">
      {ticks(geometry, 8, zoneMinutes(geometry.endMs)).map((atMs) => (
        <span
          key={atMs}
          className="absolute top-0.5 -translate-x-1/2 text-2xs text-quiet"
          style={{ left: `${100 * shareX(geometry, atMs)}%` }}
        >
          {clock(atMs, undefined, false)}
        </span>
      ))}
    </div>
  );
}

/** A bar under each column that was observed only in part. */
function PartMarks({ view, geometry }: { readonly view: HeatmapView; readonly geometry: Geometry }) {
  return view.columns.flatMap(({ startMs, endMs, counts, observed }) => {
    if (counts === null || observed >= WHOLE) return [];
    const left = shareX(geometry, startMs);
    const width = shareX(geometry, endMs) - left;
    const style = { left: `${100 * left}%`, width: `calc(${100 * width}% - 1px)` };
    return [<span key={startMs} aria-hidden="true" className="absolute -bottom-1 h-[3px] bg-degraded" style={style} />];
  });
}

export function HeatPlot({ view, name, area, onArea }: HeatPlotProps) {
  const themeKey = useThemeKey();
  const [plotRef, height] = useHeight();
  const [cursor, setCursor] = useState<{ readonly cell: CellAt; readonly by: "pointer" | "keys" } | null>(null);
  const [drag, setDrag] = useState<Chosen | null>(null);
  const geometry = useMemo(() => geometryOf(view), [view]);
  const lines = useMemo(() => quantileLines(view, geometry), [view, geometry]);
  const cells = useMemo(() => (area === null ? null : cellsOf(view, area)), [view, area]);
  const chosen = useMemo(() => drag ?? (cells === null ? null : { from: cells[0], to: cells[1] }), [drag, cells]);
  const choose = ({ from, to }: Chosen) => {
    setDrag(null);
    onArea(areaBetween(view, from, to));
  };
  const words = cursor?.by === "keys" ? cellWords(view, cursor.cell) : null;
  return (
    <div className="flex h-full min-h-0 flex-col pt-7">
      <div className="flex min-h-0 flex-1">
        <LatencyAxis geometry={geometry} height={height} />
        <div ref={plotRef} className="relative min-w-0 flex-1 border border-line bg-panel">
          <HeatCanvas
            view={view}
            geometry={geometry}
            summary={heatmapSummary(view, name)}
            themeKey={themeKey}
            cursor={cursor?.cell ?? null}
            chosen={chosen}
            onCursor={(cell, by) => setCursor(cell === null ? null : { cell, by })}
            onDrag={setDrag}
            onChoose={choose}
            onClear={() => onArea(null)}
            onOpen={() => document.getElementById(PANEL_ID)?.focus()}
          />
          <PartMarks view={view} geometry={geometry} />
          <div className="pointer-events-none absolute inset-x-0 -top-2.5 h-2.5">
            <EventTicks window={{ start: geometry.startMs, end: geometry.endMs }} />
          </div>
          {cursor === null ? null : <HeatReadout view={view} geometry={geometry} cell={cursor.cell} />}
          <p aria-live="polite" className="sr-only">
            {words === null ? "" : spokenCell(words)}
          </p>
        </div>
        <div aria-hidden="true" className="relative w-10 shrink-0">
          {lineNames(lines, NAME_PX / height).map((line) => (
            <span
              key={line.name}
              className="absolute left-1.5 -translate-y-1/2 text-2xs font-medium"
              style={{ top: `${100 * line.y}%` }}
            >
              {line.name}
            </span>
          ))}
        </div>
      </div>
      <TimeAxis geometry={geometry} />
    </div>
  );
}
