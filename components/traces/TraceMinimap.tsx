"use client";
/** The whole trace in one strip, errors on top, the shown range lit. Dragging across it zooms the waterfall. */
import { useMemo } from "react";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { type MinimapRun, minimap } from "../../lib/view/trace/minimap.ts";
import { isWhole, shareOf, type TimeRange, wholeRange } from "../../lib/view/trace/time-axis.ts";
import { counted } from "../../lib/view/trace/trace-words.ts";
import { paint } from "./service-paint.ts";
import { useRangeDrag } from "./use-range-drag.ts";

const COLUMNS = 480;
const MAX_LINES = 40;
const MAX_HEIGHT_PX = 64;

interface TraceMinimapProps {
  readonly tree: TraceTree;
  readonly range: TimeRange;
  readonly onRange: (range: TimeRange) => void;
}

export function TraceMinimap({ tree, range, onRange }: TraceMinimapProps) {
  const whole = wholeRange(tree.durationUs);
  const { drag, handlers } = useRangeDrag({ range: whole, durationUs: tree.durationUs, onRange });
  const shapes = useMemo(() => shapesOf(tree), [tree]);
  const height = Math.max(20, Math.min(MAX_HEIGHT_PX, shapes.lines * 3));
  const shown = drag ?? { from: shareOf(whole, range.startUs), to: shareOf(whole, range.endUs) };
  const isZoomed = drag !== undefined || !isWhole(range, tree.durationUs);
  return (
    <div
      className="relative cursor-col-resize touch-none select-none border-b border-line"
      title="Drag to zoom; double click shows all"
      {...handlers}
    >
      <svg
        role="img"
        aria-label={`Overview of ${counted(tree.count, "span")}, ${counted(tree.errorRows.length, "error")}`}
        viewBox={`0 0 ${COLUMNS} ${shapes.lines}`}
        preserveAspectRatio="none"
        shapeRendering="crispEdges"
        className="pointer-events-none block w-full"
        style={{ height }}
      >
        {shapes.services.map(({ name, colour, path }) => (
          <path key={name} d={path} style={{ fill: paint(colour) }} />
        ))}
        <path d={shapes.errors} className="fill-failing" />
      </svg>
      {isZoomed ? <Veil shown={shown} /> : null}
    </div>
  );
}

function Veil({ shown }: { readonly shown: { readonly from: number; readonly to: number } }) {
  const veil = "pointer-events-none absolute inset-y-0 bg-bg opacity-70";
  return (
    <>
      <span className={veil} style={{ left: 0, width: `${shown.from * 100}%` }} />
      <span className={veil} style={{ left: `${shown.to * 100}%`, right: 0 }} />
      <span
        className="pointer-events-none absolute inset-y-0 border-x border-accent"
        style={{ left: `${shown.from * 100}%`, width: `max(2px, ${(shown.to - shown.from) * 100}%)` }}
      />
    </>
  );
}

function shapesOf(tree: TraceTree) {
  const map = minimap(tree, COLUMNS, MAX_LINES);
  const byService = new Map<number, MinimapRun[]>();
  for (const run of map.runs) {
    const runs = byService.get(run.service);
    if (runs === undefined) byService.set(run.service, [run]);
    else runs.push(run);
  }
  const services = [...byService].map(([service, runs]) => ({
    name: tree.services[service]?.name ?? "",
    colour: tree.services[service]?.colour ?? 0,
    path: pathOf(runs),
  }));
  return { lines: map.lines, services, errors: pathOf(map.errors) };
}

function pathOf(runs: readonly MinimapRun[]): string {
  return runs.map((run) => `M${run.column} ${run.line + 0.15}h${run.columns}v.7h-${run.columns}z`).join("");
}
