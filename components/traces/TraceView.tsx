"use client";
/** One trace on screen: header, overview, tools, waterfall, and the panel of the open span on the right. */
import { useCallback, useEffect, useRef } from "react";
import type { Trace } from "../../lib/query/schema/traces.ts";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { SidePanel } from "./SidePanel.tsx";
import { SpanPanel } from "./SpanPanel.tsx";
import { TraceHeader } from "./TraceHeader.tsx";
import { TraceMinimap } from "./TraceMinimap.tsx";
import { TRACE_FIND_ID, TraceToolbar } from "./TraceToolbar.tsx";
import { useTraceFind } from "./use-trace-find.ts";
import { type TraceState, useTraceState } from "./use-trace-state.ts";
import { WATERFALL_ID, Waterfall } from "./Waterfall.tsx";
import { waterfallKey } from "./waterfall-keys.ts";

interface TraceViewProps {
  readonly trace: Trace;
  readonly tree: TraceTree;
  readonly onRefresh: () => void;
  readonly isRefreshing: boolean;
}

export function TraceView({ trace, tree, onRefresh, isRefreshing }: TraceViewProps) {
  const state = useTraceState(tree);
  const find = useTraceFind(tree, state.active, state.goTo);
  const toWaterfall = useCallback(() => document.getElementById(WATERFALL_ID)?.focus({ preventScroll: true }), []);
  useTraceKeys(tree, state);
  const { selected } = state;
  const close = () => {
    state.close();
    toWaterfall();
  };
  return (
    <div className="flex h-full min-h-0">
      <div className="flex min-w-0 flex-1 flex-col">
        <TraceHeader trace={trace} tree={tree} onRefresh={onRefresh} isRefreshing={isRefreshing} />
        <TraceMinimap tree={tree} range={state.range} onRange={state.setRange} />
        <TraceToolbar tree={tree} state={state} find={find} onLeave={toWaterfall} />
        <Waterfall tree={tree} state={state} matches={find.matches} />
      </div>
      {selected === undefined ? null : (
        <SidePanel label="Span" onClose={close}>
          <SpanPanel tree={tree} row={selected} onClose={close} />
        </SidePanel>
      )}
    </div>
  );
}

/** Keys that work wherever focus is, but in fields: `/` finds here instead of on the map, `e` steps through errors. */
function useTraceKeys(tree: TraceTree, state: TraceState): void {
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const at = event.target instanceof HTMLElement ? event.target : null;
      if (at !== null && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
      if (at?.closest("[role=dialog]") != null) return;
      if (event.key === "/") document.getElementById(TRACE_FIND_ID)?.focus();
      else if (!/^(e|Escape)$/i.test(event.key)) return;
      else if (!waterfallKey(event.key, event.shiftKey, tree, latest.current)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    // Before the frame's own listener, which leaves alone what is already taken.
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [tree]);
}
