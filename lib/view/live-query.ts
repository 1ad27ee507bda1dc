/** Which graph the screen shows, as API queries: one for the live stream, one for a fetch of the same window. */
import type { FoldLevel } from "../query/folds.ts";
import type { Range } from "./timeline/range.ts";
import { queryText, scopeParameters, type ViewState, windowParameters } from "./url-state.ts";

/** A state whose fold is settled. */
export type Pictured = ViewState & { readonly fold: "none" | FoldLevel };

/** How the picture is folded, for whatever is asked about a member of it. */
export function foldParameters({ collapse, fold, expand }: ViewState) {
  const isFolded = fold !== "none" && fold !== "auto";
  return { collapse: [...collapse].sort(), ...(isFolded ? { fold, expand: [...expand].sort() } : {}) };
}

/** What of the graph is drawn; what has its value by default is left out. */
export function graphParameters(state: ViewState) {
  const { focus, hops, direction, idle } = state;
  const near = focus === "" ? {} : { focus, hops, ...(direction === "both" ? {} : { direction }) };
  return {
    view: state.view,
    ...scopeParameters(state),
    ...foldParameters(state),
    ...near,
    ...(idle ? { idle: "1" } : {}),
  };
}

/** `/graph/live?…`, or null when the window stands still. */
export function livePath(state: ViewState): string | null {
  if (state.time.kind !== "live") return null;
  const { minutes } = state.time;
  return `/graph/live${queryText({ ...graphParameters(state), windowMs: minutes === 5 ? null : minutes * 60_000 })}`;
}

/** `/graph?…` for a request made at `nowMs`; `filter` is a find expression. */
export function graphPath(state: ViewState, nowMs: number, filter?: string): string {
  return `/graph${queryText({ ...graphParameters(state), filter, ...windowParameters(state.time, nowMs) })}`;
}

/** `/graph/size?…` of the graph that nothing is folded in. */
export function sizePath(state: ViewState, nowMs: number): string {
  const { collapse: _collapse, ...whole } = graphParameters({ ...state, fold: "none" });
  return `/graph/size${queryText({ ...whole, ...windowParameters(state.time, nowMs) })}`;
}

/** Equal for equal pictures: the cache key. A live window is named by its length. */
export function graphKey(state: ViewState): string {
  return livePath(state) ?? graphPath(state, 0);
}

/** `/graph?…&detail=full` of a window that stands: all that is known of each edge. */
export function recordsPath(state: ViewState, window: Range, filter?: string): string {
  const { startMs: start, endMs: end } = window;
  return `/graph${queryText({ ...graphParameters(state), filter, start, end, detail: "full" })}`;
}
