"use client";
/** Pointer over a chart: moving sets the shared crosshair, dragging chooses a window. Times are Unix ms. */
import { type PointerEvent, useState } from "react";
import { timeOf } from "../../lib/view/chart.ts";
import { setCrosshair } from "./crosshair.ts";

export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

const LEAST_DRAG_PX = 4;

export function useChartPointer(domain: TimeRange, onRange: ((range: TimeRange) => void) | undefined) {
  const [drag, setDrag] = useState<{ fromMs: number; toMs: number; fromX: number } | null>(null);
  const timeUnder = (event: PointerEvent<Element>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return timeOf(event.clientX - box.left, { ...domain, max: 1 }, { width: box.width, height: 1 });
  };
  return {
    drag: drag === null ? null : { startMs: Math.min(drag.fromMs, drag.toMs), endMs: Math.max(drag.fromMs, drag.toMs) },
    handlers: {
      onPointerDown: (event: PointerEvent<Element>) => {
        if (onRange === undefined || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const atMs = timeUnder(event);
        setDrag({ fromMs: atMs, toMs: atMs, fromX: event.clientX });
      },
      onPointerMove: (event: PointerEvent<Element>) => {
        const atMs = timeUnder(event);
        setCrosshair(atMs);
        if (drag !== null) setDrag({ ...drag, toMs: atMs });
      },
      onPointerUp: (event: PointerEvent<Element>) => {
        if (drag === null) return;
        const toMs = timeUnder(event);
        setDrag(null);
        if (Math.abs(event.clientX - drag.fromX) < LEAST_DRAG_PX) return;
        onRange?.({ startMs: Math.min(drag.fromMs, toMs), endMs: Math.max(drag.fromMs, toMs) });
      },
      onPointerCancel: () => setDrag(null),
      onPointerLeave: () => setCrosshair(null),
    },
  };
}
