"use client";
/**
 * The spans as rows over time: a treegrid of which only the rows on screen exist. Focus stays on the grid; the row the
 * keyboard is on is its active descendant. Deep levels share the room there is: the indentation is that of the rows on
 * screen, and the header says how many levels lie to the left.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { isClosed, positionOf, setClosed } from "../../lib/view/trace/fold.ts";
import { type Tick, ticks } from "../../lib/view/trace/time-axis.ts";
import { counted } from "../../lib/view/trace/trace-words.ts";
import { ColumnSplitter } from "./ColumnSplitter.tsx";
import { TimeRuler } from "./TimeRuler.tsx";
import type { TraceState } from "./use-trace-state.ts";
import { ROW_PX, rowElementId, WaterfallRow } from "./WaterfallRow.tsx";
import { waterfallKey } from "./waterfall-keys.ts";

interface WaterfallProps {
  readonly tree: TraceTree;
  readonly state: TraceState;
  /** Rows that match the search, ascending. */
  readonly matches: Int32Array;
}

export const WATERFALL_ID = "waterfall";
const DURATION_PX = 76;
const TICKS = 5;
const OVERSCAN = 12;
const INDENT_PX = 168;
const STEP_PX = 12;

export function Waterfall({ tree, state, matches }: WaterfallProps) {
  const { rows, active, selected, fold, range } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const [nameShare, setNameShare] = useState(38);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollPaddingStart: ROW_PX,
  });
  const position = positionOf(rows, active);
  const isShown = rows[position] === active;
  useEffect(() => {
    if (isShown) virtual.scrollToIndex(position, { align: "auto" });
  }, [virtual, position, isShown]);

  const items = virtual.getVirtualItems();
  const { base, step } = indentOf(tree, rows, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const marks = useMemo(() => ticks(range, TICKS), [range]);
  const grid = useMemo(() => gridLines(marks), [marks]);
  const columns = `${nameShare}% minmax(0, 1fr) ${DURATION_PX}px`;

  const click = (event: MouseEvent<HTMLElement>) => {
    const target = event.target instanceof Element ? event.target : null;
    const row = Number(target?.closest("[data-row]")?.getAttribute("data-row") ?? -1);
    if (row < 0) return;
    if (target?.closest("[data-toggle]") !== null)
      state.setFold(setClosed(tree, fold, row, !isClosed(tree, fold, row)));
    else state.open(row);
  };
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!waterfallKey(event.key, event.shiftKey, tree, state)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={scroller}
      className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden [scrollbar-gutter:stable] has-[table:focus-visible]:shadow-[inset_0_0_0_2px_var(--color-accent)]"
    >
      {/* Table elements for their meaning; grid and absolute places for their layout. */}
      <table
        id={WATERFALL_ID}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the pattern of ARIA's own treegrid example
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length + 1}
        aria-colcount={3}
        tabIndex={0}
        {...(isShown && items.some((item) => item.index === position)
          ? { "aria-activedescendant": rowElementId(active) }
          : {})}
        onClick={click}
        onKeyDown={keys}
        className="block w-full outline-none"
      >
        <thead className="sticky top-0 z-10 block bg-bg">
          <tr
            aria-rowindex={1}
            className="grid h-6 border-b border-line text-2xs text-quiet"
            style={{ gridTemplateColumns: columns }}
          >
            <th
              scope="col"
              className="relative flex min-w-0 items-center justify-between gap-2 border-r border-line px-2 font-normal"
            >
              <span className="truncate">Service and operation</span>
              {base > 0 ? <span className="shrink-0">{`‹ ${counted(base, "level")} to the left`}</span> : null}
              <ColumnSplitter share={nameShare} onShare={setNameShare} />
            </th>
            <th scope="col" aria-label="Time from the start of the trace" className="min-w-0 p-0">
              <TimeRuler range={range} ticks={marks} durationUs={tree.durationUs} onRange={state.setRange} />
            </th>
            <th scope="col" className="p-0 pr-3 text-right font-normal leading-6">
              Duration
            </th>
          </tr>
        </thead>
        <tbody className="relative block" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] ?? 0;
            return (
              <WaterfallRow
                // Rows that leave at one end come back at the other: scrolling makes no new elements.
                key={item.index % items.length}
                tree={tree}
                row={row}
                position={item.index}
                indentPx={Math.max(0, (tree.depth[row] ?? 0) - base) * step}
                stepPx={step}
                range={range}
                closed={isClosed(tree, fold, row)}
                active={row === active}
                selected={row === selected}
                match={matches[positionOf(matches, row)] === row}
                grid={grid}
                columns={columns}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The level drawn at the left edge, and px a level, for the rows on screen. Shallow traces never shift. */
function indentOf(tree: TraceTree, rows: Int32Array, first: number, last: number) {
  if (tree.maxDepth * STEP_PX <= INDENT_PX) return { base: 0, step: STEP_PX };
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (let at = first; at <= last; at++) {
    const depth = tree.depth[rows[at] ?? 0] ?? 0;
    low = Math.min(low, depth);
    high = Math.max(high, depth);
  }
  // Steps of eight levels: the picture does not slide with every row that scrolls by.
  const base = Math.max(0, Math.floor((low - 2) / 8) * 8);
  return { base, step: Math.max(2, Math.min(STEP_PX, Math.floor(INDENT_PX / Math.max(1, high - base)))) };
}

function gridLines(marks: readonly Tick[]): string {
  const line = "var(--color-line)";
  const stops = marks.flatMap(({ share }) => {
    const at = `${(share * 100).toFixed(3)}%`;
    return [`transparent ${at}`, `${line} ${at} calc(${at} + 1px)`, `transparent calc(${at} + 1px)`];
  });
  return `linear-gradient(to right, ${["transparent 0", ...stops].join(", ")})`;
}
