"use client";
/** A span's bar inside the shown range; a sign at the edge where it lies outside. */
import { useMemo } from "react";
import { colourOf, hasMark, type TraceTree } from "../../lib/view/trace/build-trace.ts";
import { coveredStretches } from "../../lib/view/trace/covered.ts";
import { shareOf, type TimeRange } from "../../lib/view/trace/time-axis.ts";
import { cx } from "../ui/cx.ts";
import { paint, pale } from "./service-paint.ts";

interface SpanBarProps {
  readonly tree: TraceTree;
  readonly row: number;
  readonly range: TimeRange;
}

const STRETCHES = 48;

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

export function SpanBar({ tree, row, range }: SpanBarProps) {
  const fill = useMemo(() => barFill(tree, row), [tree, row]);
  const start = tree.startUs[row] ?? 0;
  const end = tree.endUs[row] ?? 0;
  const from = shareOf(range, start);
  const to = shareOf(range, end);
  if (to < 0 || from > 1) {
    return (
      <span
        aria-hidden="true"
        className={cx("absolute top-0 text-2xs leading-6 text-quiet", to < 0 ? "left-1" : "right-1")}
      >
        {to < 0 ? "‹" : "›"}
      </span>
    );
  }
  const isError = hasMark(tree, row, "error");
  return (
    <>
      <div
        aria-hidden="true"
        className={cx("absolute top-[6px] h-3 min-w-[2px] rounded-[2px]", isError && "ring-1 ring-failing")}
        style={{ left: percent(from), width: percent(to - from), background: fill }}
      />
      {isError && to <= 1.0001 ? (
        <span
          aria-hidden="true"
          className="absolute top-[3px] h-[18px] w-[3px] rounded-[1px] bg-failing"
          style={{ left: `min(${percent(Math.min(1, to))}, calc(100% - 3px))` }}
        />
      ) : null}
    </>
  );
}

/** Solid for the span's own time, pale for its children's. */
function barFill(tree: TraceTree, row: number): string {
  const own = paint(colourOf(tree, row));
  const waits = pale(colourOf(tree, row));
  const stops: string[] = [];
  let at = 0;
  for (const { from, to } of coveredStretches(tree, row, STRETCHES)) {
    if (from > at) stops.push(`${own} ${percent(at)} ${percent(from)}`);
    stops.push(`${waits} ${percent(from)} ${percent(to)}`);
    at = to;
  }
  if (stops.length === 0) return own;
  if (at < 1) stops.push(`${own} ${percent(at)} 100%`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
