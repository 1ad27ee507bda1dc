"use client";
/**
 * Found traces as points: when they started, how long they took (log scale). Errors are diamonds. A click opens the
 * nearest point, dragging across chooses the window; the list below is the keyboard's way to the same.
 */
import { type MouseEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { durationMs, plain } from "../../lib/view/format.ts";
import { clock } from "../../lib/view/time.ts";
import { type ScatterPoint, type SearchRow, scatter } from "../../lib/view/trace/search-rows.ts";
import { counted } from "../../lib/view/trace/trace-words.ts";
import type { SearchWindow } from "./queries.ts";
import { useRangeDrag } from "./use-range-drag.ts";

interface TraceScatterProps {
  readonly rows: readonly SearchRow[];
  readonly window: SearchWindow;
  readonly onRange: (range: { readonly startMs: number; readonly endMs: number }) => void;
  readonly onOpen: (row: SearchRow) => void;
}

const REACH_PX = 16;
/** Room at the edges, so that points at an extreme are drawn whole; at the bottom also for the times. In %. */
const SIDE = 1.5;
const TOP = 9;
const BOTTOM = 20;

function placeX(share: number): number {
  return SIDE + share * (100 - 2 * SIDE);
}

/** From the top. */
function placeY(share: number): number {
  return TOP + (1 - share) * (100 - TOP - BOTTOM);
}

export function TraceScatter({ rows, window, onRange, onOpen }: TraceScatterProps) {
  const picture = useMemo(() => scatter(rows, window), [rows, window]);
  const [near, setNear] = useState<ScatterPoint | undefined>();
  const find = (event: MouseEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return nearest(picture.points, event.clientX - box.left, event.clientY - box.top, box);
  };
  const marking = useWindowDrag(picture, onRange);
  const move = (event: PointerEvent<HTMLElement>) => {
    marking.handlers.onPointerMove(event);
    setNear(marking.drag === undefined ? find(event) : undefined);
  };
  const click = (event: MouseEvent<HTMLElement>) => {
    const point = marking.wasDrag() ? undefined : find(event);
    if (point !== undefined) onOpen(point.row);
  };
  const label = `Duration over start of ${counted(picture.points.length, "trace")}; the table below lists them`;
  return (
    <figure aria-label={label} className="relative m-0 h-36 shrink-0 border-b border-line">
      <div aria-hidden="true" className="absolute inset-y-0 left-0 w-16">
        {picture.marks.map((mark) => (
          <span
            key={mark.ms}
            className="absolute right-1.5 -translate-y-1/2 whitespace-nowrap text-2xs text-quiet"
            style={{ top: `${placeY(mark.y)}%` }}
          >
            {plain(durationMs(mark.ms))}
          </span>
        ))}
      </div>
      <div
        aria-hidden="true"
        className={`absolute inset-y-0 left-16 right-0 touch-none ${near === undefined ? "cursor-crosshair" : "cursor-pointer"}`}
        onPointerDown={marking.handlers.onPointerDown}
        onPointerUp={marking.handlers.onPointerUp}
        onPointerCancel={marking.handlers.onPointerCancel}
        onPointerMove={move}
        onPointerLeave={() => setNear(undefined)}
        onClick={click}
      >
        {marking.drag === undefined ? null : (
          <div
            className="absolute inset-y-0 bg-accent-wash"
            style={{ left: `${100 * marking.drag.from}%`, width: `${100 * (marking.drag.to - marking.drag.from)}%` }}
          />
        )}
        <svg aria-hidden="true" className="relative size-full overflow-visible">
          {picture.marks.map((mark) => (
            <line
              key={mark.ms}
              x1="0"
              x2="100%"
              y1={`${placeY(mark.y)}%`}
              y2={`${placeY(mark.y)}%`}
              className="stroke-line"
            />
          ))}
          {picture.points.map((point) => (
            <Point key={point.row.traceId} point={point} isNear={near?.row.traceId === point.row.traceId} />
          ))}
        </svg>
        <span className="absolute bottom-0.5 left-1 text-2xs text-quiet" suppressHydrationWarning>
          {clock(picture.startMs)}
        </span>
        <span className="absolute bottom-0.5 right-2 text-2xs text-quiet" suppressHydrationWarning>
          {clock(picture.endMs)}
        </span>
        {near === undefined ? null : <PointNote point={near} />}
      </div>
      <figcaption className="pointer-events-none absolute bottom-0.5 left-1/2 flex -translate-x-1/2 gap-3 text-2xs text-quiet">
        <span>drag to choose a window</span>
        <span>○ trace</span>
        <span className="text-failing-text">◆ with errors</span>
        {picture.leftOut > 0 ? <span>{`${counted(picture.leftOut, "faster trace")} not drawn`}</span> : null}
      </figcaption>
    </figure>
  );
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Dragging over the picture, whose sides reach a little beyond the window; the click that ends a drag opens nothing. */
function useWindowDrag({ startMs, endMs }: Span, onRange: (range: Span) => void) {
  const dragged = useRef(false);
  const lengthUs = (endMs - startMs) * 1000;
  const side = (lengthUs * SIDE) / (100 - 2 * SIDE);
  const { drag, handlers } = useRangeDrag({
    range: { startUs: -side, endUs: lengthUs + side },
    durationUs: lengthUs,
    onRange: ({ startUs, endUs }) => {
      dragged.current = true;
      const from = Math.floor(startMs + startUs / 1000);
      onRange({ startMs: from, endMs: Math.max(from + 1, Math.ceil(startMs + endUs / 1000)) });
    },
  });
  const { onPointerDown, onPointerMove, onPointerUp, onPointerCancel } = handlers;
  const wasDrag = (): boolean => {
    const was = dragged.current;
    dragged.current = false;
    return was;
  };
  return { drag, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel }, wasDrag };
}

function Point({ point, isNear }: { readonly point: ScatterPoint; readonly isNear: boolean }) {
  const x = `${placeX(point.x)}%`;
  const y = `${placeY(point.y)}%`;
  const ring = isNear ? <circle cx={x} cy={y} r="8" className="fill-none stroke-accent stroke-2" /> : null;
  if (point.row.errors === 0) {
    return (
      <>
        <circle cx={x} cy={y} r="3.5" className="fill-bg stroke-line-strong" strokeWidth="1.25" />
        {ring}
      </>
    );
  }
  return (
    <>
      <svg x={x} y={y} className="overflow-visible">
        <title>{`${counted(point.row.errors, "error")}`}</title>
        <path d="M0-5L5 0L0 5L-5 0z" className="fill-failing stroke-bg" />
      </svg>
      {ring}
    </>
  );
}

function PointNote({ point }: { readonly point: ScatterPoint }) {
  const { row } = point;
  const side = point.x > 0.6 ? { right: `${100 - placeX(point.x) + 1}%` } : { left: `${placeX(point.x) + 1}%` };
  return (
    <div
      className="pointer-events-none absolute z-10 rounded-md border border-line bg-panel px-2 py-1 text-xs shadow-overlay"
      style={{ ...side, top: `${Math.min(55, placeY(point.y))}%` }}
    >
      <div className="whitespace-nowrap font-medium">
        {row.service} <span className="font-normal text-quiet">{row.operation}</span>
      </div>
      <div className="whitespace-nowrap text-quiet">
        {`${plain(durationMs(row.durationMs))} · ${clock(row.startMs)} · ${counted(row.spans, "span")}`}
        {row.errors > 0 ? ` · ${counted(row.errors, "error")}` : ""}
      </div>
    </div>
  );
}

function nearest(points: readonly ScatterPoint[], x: number, y: number, box: DOMRect): ScatterPoint | undefined {
  let best: ScatterPoint | undefined;
  let reach = REACH_PX;
  for (const point of points) {
    const dx = (placeX(point.x) / 100) * box.width - x;
    const dy = (placeY(point.y) / 100) * box.height - y;
    const distance = Math.hypot(dx, dy);
    if (distance > reach) continue;
    reach = distance;
    best = point;
  }
  return best;
}
