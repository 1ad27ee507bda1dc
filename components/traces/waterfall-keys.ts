/** What a key does in the waterfall. In: a key and the state; out: nothing but calls on the state. True when it was ours. */
import { hasChildren, type TraceTree } from "../../lib/view/trace/build-trace.ts";
import { isClosed, positionOf, setClosed, stepAmong } from "../../lib/view/trace/fold.ts";
import { wholeRange, zoomAbout } from "../../lib/view/trace/time-axis.ts";
import type { TraceState } from "./use-trace-state.ts";

const PAGE_ROWS = 20;

export function waterfallKey(key: string, isShift: boolean, tree: TraceTree, state: TraceState): boolean {
  return moveKey(key, tree, state) || actKey(key, isShift, tree, state);
}

function moveKey(key: string, tree: TraceTree, state: TraceState): boolean {
  const { rows, active, fold } = state;
  const at = positionOf(rows, active);
  const to = (position: number): true => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, position))];
    if (row !== undefined) state.goTo(row);
    return true;
  };
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(rows[at] === active ? at - 1 : at);
    case "PageDown":
      return to(at + PAGE_ROWS);
    case "PageUp":
      return to(at - PAGE_ROWS);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "ArrowRight":
      if (isClosed(tree, fold, active)) state.setFold(setClosed(tree, fold, active, false));
      else if (hasChildren(tree, active)) return to(at + 1);
      return true;
    case "ArrowLeft":
      if (hasChildren(tree, active) && !isClosed(tree, fold, active))
        state.setFold(setClosed(tree, fold, active, true));
      else if ((tree.parent[active] ?? -1) !== -1) state.goTo(tree.parent[active] ?? 0);
      return true;
    default:
      return false;
  }
}

function actKey(key: string, isShift: boolean, tree: TraceTree, state: TraceState): boolean {
  switch (key) {
    case "Enter":
    case " ":
      state.open(state.active);
      return true;
    case "e":
    case "E": {
      const row = stepAmong(tree.errorRows, state.active, isShift ? -1 : 1);
      if (row !== undefined) state.goTo(row);
      return true;
    }
    case "+":
    case "=":
      state.setRange(zoomAbout(state.range, 0.5, 0.5, tree.durationUs));
      return true;
    case "-":
      state.setRange(zoomAbout(state.range, 2, 0.5, tree.durationUs));
      return true;
    case "0":
      state.setRange(wholeRange(tree.durationUs));
      return true;
    case "Escape":
      if (state.selected === undefined) return false;
      state.close();
      return true;
    default:
      return false;
  }
}
