/** Which graph the screen shows, as API queries: one for the live stream, one for a fetch of the same window. */
import { queryText, scopeParameters, type ViewState, windowParameters } from "./url-state.ts";

function common(state: ViewState) {
  return { view: state.view, ...scopeParameters(state) };
}

/** `/graph/live?…`, or null when the window stands still. */
export function livePath(state: ViewState): string | null {
  if (state.time.kind !== "live") return null;
  const { minutes } = state.time;
  return `/graph/live${queryText({ ...common(state), windowMs: minutes === 5 ? null : minutes * 60_000 })}`;
}

/** `/graph?…` for a request made at `nowMs`; `filter` is a find expression. */
export function graphPath(state: ViewState, nowMs: number, filter?: string): string {
  return `/graph${queryText({ ...common(state), filter, ...windowParameters(state.time, nowMs) })}`;
}

/** Equal for equal pictures: the cache key. A live window is named by its length. */
export function graphKey(state: ViewState): string {
  return livePath(state) ?? graphPath(state, 0);
}
