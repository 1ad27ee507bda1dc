"use client";
/**
 * One span of the waterfall: where it hangs, who did what, and its bar. The bar is solid where the span itself works and
 * pale where it waits for children; an error has a sign and a word, not only a colour.
 */
import { ChevronDown, ChevronRight, CircleAlert, Info } from "lucide-react";
import { memo } from "react";
import { count, durationMs, plain } from "../../lib/view/format.ts";
import { colourOf, descendantCount, hasChildren, hasMark, type TraceTree } from "../../lib/view/trace/build-trace.ts";
import type { TimeRange } from "../../lib/view/trace/time-axis.ts";
import { counted, hasRemark, spanRemarks, usText } from "../../lib/view/trace/trace-words.ts";
import { cx } from "../ui/cx.ts";
import { Num } from "../ui/Num.tsx";
import { SpanBar } from "./SpanBar.tsx";
import { paint } from "./service-paint.ts";

export const ROW_PX = 24;

export interface WaterfallRowProps {
  readonly tree: TraceTree;
  readonly row: number;
  /** Place among the visible rows, from 0. */
  readonly position: number;
  readonly indentPx: number;
  readonly stepPx: number;
  readonly range: TimeRange;
  readonly closed: boolean;
  readonly active: boolean;
  readonly selected: boolean;
  readonly match: boolean;
  /** Background of the time column: hairlines at the ticks. */
  readonly grid: string;
  readonly columns: string;
}

export const rowElementId = (row: number): string => `span-row-${row}`;

export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { tree, row, position, indentPx, stepPx, range, closed, active, selected, match, grid, columns } = props;
  const span = tree.spans[row];
  if (span === undefined) return null;
  const isParent = hasChildren(tree, row);
  const isError = hasMark(tree, row, "error");
  const inside = tree.errorsBelow[row] ?? 0;
  return (
    <tr
      id={rowElementId(row)}
      data-row={row}
      aria-level={(tree.depth[row] ?? 0) + 1}
      aria-rowindex={position + 2}
      aria-selected={selected}
      {...(isParent ? { "aria-expanded": !closed } : {})}
      className={cx(
        "absolute left-0 top-0 grid w-full text-xs",
        selected ? "bg-accent-wash" : match ? "bg-box" : "hover:bg-hover",
        active && "outline outline-2 -outline-offset-2 outline-accent",
      )}
      style={{ height: ROW_PX, gridTemplateColumns: columns, transform: `translateY(${position * ROW_PX}px)` }}
    >
      <td className="flex min-w-0 items-center gap-1 border-r border-line p-0 pr-2" style={guides(indentPx, stepPx)}>
        <span
          {...(isParent ? { "data-toggle": row } : {})}
          aria-hidden="true"
          className={cx(
            "flex size-5 shrink-0 items-center justify-center rounded-sm text-quiet",
            isParent && "cursor-pointer hover:bg-line",
          )}
        >
          {isParent ? closed ? <ChevronRight size={14} /> : <ChevronDown size={14} /> : null}
        </span>
        <span
          aria-hidden="true"
          className="h-3.5 w-[3px] shrink-0 rounded-[1px]"
          style={{ background: paint(colourOf(tree, row)) }}
        />
        {isError ? <ErrorSign origin={hasMark(tree, row, "errorOrigin")} /> : null}
        <span className="min-w-0 truncate" title={`${span.service} · ${span.operation}`}>
          <span className="font-medium">{span.service}</span> <span className="text-quiet">{span.operation}</span>
        </span>
        {hasRemark(tree, row) ? <RemarkSign text={spanRemarks(tree, row).join(" ")} /> : null}
        {closed ? (
          <span className={cx("ml-auto shrink-0 pl-1 text-2xs", inside > 0 ? "text-failing-text" : "text-quiet")}>
            {`+${plain(count(descendantCount(tree, row)))}`}
            {inside > 0 ? ` · ${counted(inside, "error")}` : ""}
          </span>
        ) : null}
      </td>
      <td
        className="relative min-w-0 overflow-hidden p-0"
        style={{ backgroundImage: grid, backgroundSize: "100% 100%" }}
      >
        <span className="sr-only">{`starts at ${usText(tree.startUs[row] ?? 0)}`}</span>
        <SpanBar tree={tree} row={row} range={range} />
      </td>
      <td className="p-0 pr-3 text-right leading-6">
        <Num figure={durationMs(((tree.endUs[row] ?? 0) - (tree.startUs[row] ?? 0)) / 1000)} />
      </td>
    </tr>
  );
});

/** Hairlines for the levels that fit; deeper ones are said by the column's header. */
function guides(indentPx: number, stepPx: number) {
  if (indentPx === 0) return { paddingLeft: 4 };
  const line = `repeating-linear-gradient(to right, transparent 0 ${stepPx - 1}px, var(--color-line) ${stepPx - 1}px ${stepPx}px)`;
  return {
    paddingLeft: 4 + indentPx,
    backgroundImage: line,
    backgroundSize: `${indentPx}px 100%`,
    backgroundRepeat: "no-repeat",
    backgroundPosition: "10px 0",
  };
}

function ErrorSign({ origin }: { readonly origin: boolean }) {
  const words = origin ? "error, began here" : "error";
  return (
    <span title={words} className="inline-flex shrink-0 items-center text-failing-text">
      <CircleAlert size={13} aria-hidden="true" className={origin ? "fill-failing stroke-bg" : ""} />
      <span className="sr-only">{words}</span>
    </span>
  );
}

function RemarkSign({ text }: { readonly text: string }) {
  return (
    <span title={text} className="inline-flex shrink-0 items-center text-degraded-text">
      <Info size={12} aria-hidden="true" />
      <span className="sr-only">{text}</span>
    </span>
  );
}
