"use client";
/**
 * What is chosen in one trace. In the URL: the open span, what is folded, the filter, the zoom. Local: the row the
 * keyboard is on, and the text that is searched for. A fold that is too large for a link is kept whole here.
 */
import { useCallback, useMemo, useState } from "react";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import {
  type Fold,
  foldFromText,
  foldToText,
  type RowFilter,
  reveal,
  rowKey,
  rowOfKey,
  visibleRows,
} from "../../lib/view/trace/fold.ts";
import { isWhole, rangeBetween, type TimeRange, wholeRange } from "../../lib/view/trace/time-axis.ts";
import { useParam } from "../data/use-view-state.ts";

export interface TraceState {
  readonly rows: Int32Array;
  readonly fold: Fold;
  /** Folds that the link does not hold. */
  readonly foldsLeftOut: number;
  readonly filter: RowFilter;
  readonly range: TimeRange;
  /** The row the keyboard is on. */
  readonly active: number;
  /** The row whose panel is open. */
  readonly selected: number | undefined;
  readonly setFold: (fold: Fold) => void;
  readonly setFilter: (filter: RowFilter) => void;
  readonly setRange: (range: TimeRange) => void;
  /** Moves to a row, opening what hides it; an open panel follows. */
  readonly goTo: (row: number) => void;
  readonly open: (row: number) => void;
  readonly close: () => void;
}

function useFold(tree: TraceTree) {
  const [text, setText] = useParam("fold");
  const [held, setHeld] = useState<{ readonly tree: TraceTree; readonly fold: Fold } | undefined>();
  const fold = useMemo(() => (held?.tree === tree ? held.fold : foldFromText(tree, text ?? "")), [held, tree, text]);
  const leftOut = useMemo(() => foldToText(tree, fold).leftOut, [tree, fold]);
  const setFold = useCallback(
    (next: Fold) => {
      setHeld({ tree, fold: next });
      const link = foldToText(tree, next).text;
      setText(link === "" ? null : link);
    },
    [tree, setText],
  );
  return { fold, leftOut, setFold };
}

function useRange(durationUs: number) {
  const [text, setText] = useParam("zoom");
  const range = useMemo(() => {
    const [from, to] = (text ?? "").split("-").map(Number);
    const isRange = from !== undefined && to !== undefined && from < to;
    return isRange ? rangeBetween(from, to, durationUs) : wholeRange(durationUs);
  }, [text, durationUs]);
  const setRange = useCallback(
    (next: TimeRange) => setText(isWhole(next, durationUs) ? null : `${short(next.startUs)}-${short(next.endUs)}`),
    [setText, durationUs],
  );
  return { range, setRange };
}

function short(us: number): string {
  return String(Number(us.toFixed(3)));
}

export function useTraceState(tree: TraceTree): TraceState {
  const { fold, leftOut, setFold } = useFold(tree);
  const { range, setRange } = useRange(tree.durationUs);
  const [only, setOnly] = useParam("only");
  const [span, setSpan] = useParam("span");
  const [moved, setMoved] = useState<number | undefined>();
  const filter: RowFilter = only === "errors" ? "errors" : "all";
  const rows = useMemo(() => visibleRows(tree, fold, filter), [tree, fold, filter]);
  const selected = useMemo(() => (span === null ? undefined : rowOfKey(tree, span)), [tree, span]);
  const active = Math.min(moved ?? selected ?? rows[0] ?? 0, Math.max(0, tree.count - 1));
  const open = (row: number) => {
    setMoved(row);
    setSpan(rowKey(tree, row));
  };
  const goTo = (row: number) => {
    const shown = reveal(tree, fold, row);
    if (shown !== fold) setFold(shown);
    if (filter === "errors" && tree.spans[row]?.status !== "error" && tree.errorsBelow[row] === 0) setOnly(null);
    if (selected === undefined) setMoved(row);
    else open(row);
  };
  const setFilter = (next: RowFilter) => setOnly(next === "errors" ? "errors" : null);
  const close = () => {
    setMoved(active);
    setSpan(null);
  };
  return {
    rows,
    fold,
    foldsLeftOut: leftOut,
    filter,
    range,
    active,
    selected,
    setFold,
    setFilter,
    setRange,
    goTo,
    open,
    close,
  };
}
