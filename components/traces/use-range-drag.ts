"use client";
/** Dragging across an element that shows a time range: what is being marked, as shares of its width; then the range. */
import { type PointerEvent, useState } from "react";
import { rangeBetween, type TimeRange, wholeRange } from "../../lib/view/trace/time-axis.ts";

interface RangeDragOptions {
  /** What the element's width shows. */
  readonly range: TimeRange;
  readonly durationUs: number;
  readonly onRange: (range: TimeRange) => void;
}

/** A press that moves less than this is a click. */
const CLICK_PX = 4;

function shareAt(event: PointerEvent<HTMLElement>): number {
  const box = event.currentTarget.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
}

export function useRangeDrag({ range, durationUs, onRange }: RangeDragOptions) {
  const [marks, setMarks] = useState<readonly [number, number] | undefined>();
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setMarks([shareAt(event), shareAt(event)]);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (marks !== undefined) setMarks([marks[0], shareAt(event)]);
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    if (marks === undefined) return;
    setMarks(undefined);
    const to = shareAt(event);
    if (Math.abs(to - marks[0]) * event.currentTarget.clientWidth < CLICK_PX) return;
    const width = range.endUs - range.startUs;
    onRange(rangeBetween(range.startUs + marks[0] * width, range.startUs + to * width, durationUs));
  };
  const drag = marks === undefined ? undefined : { from: Math.min(...marks), to: Math.max(...marks) };
  const handlers = {
    onPointerDown,
    onPointerMove,
    onPointerUp,
    onPointerCancel: () => setMarks(undefined),
    onDoubleClick: () => onRange(wholeRange(durationUs)),
  };
  return { drag, handlers };
}
