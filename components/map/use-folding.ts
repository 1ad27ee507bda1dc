"use client";
/** Which boxes of the picture are folded, in the URL, and how boxes stand in it. */
import { useCallback } from "react";
import { BOX_VIEWS } from "../../lib/query/view-key.ts";
import { foldBox, unfoldBox } from "../../lib/view/folding.ts";
import type { FoldTarget } from "../../lib/view/graph/fold-target.ts";
import { FLAT, FRAMED, FRAMED_BY_MESH, type Framing, ROOMY, ROOMY_BY_MESH } from "../../lib/view/graph/graph-view.ts";
import { zoomWish } from "../../lib/view/graph/semantic-zoom.ts";
import type { Pictured } from "../../lib/view/live-query.ts";
import type { EngineEvents } from "../canvas/engine-events.ts";
import { type Selection, useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";

/** Of a graph that was asked for so: it keeps its frames while its successor loads. */
export function framingOf(state: Pictured): Framing {
  if (BOX_VIEWS.has(state.view)) return FLAT;
  const byMesh = state.boxes === "mesh" || state.fold === "mesh";
  if (state.fold === "none") return byMesh ? FRAMED_BY_MESH : FRAMED;
  return byMesh ? ROOMY_BY_MESH : ROOMY;
}

/** Folds or unfolds a box; what is selected in a box that folds is the box then. */
export function useFold(): (target: FoldTarget) => void {
  const [state, update] = useViewState();
  const [, select] = useSelection();
  return useCallback(
    ({ id, folded }: FoldTarget) => {
      update(folded ? unfoldBox(state, id) : foldBox(state, id));
      const next: Selection | null = folded ? null : { kind: "node", id };
      select(next);
    },
    [state, update, select],
  );
}

/** Opens and closes boxes as one zooms in and out; what was folded by hand stays so. */
export function useSemanticZoom(): EngineEvents["onSeen"] {
  const [state, update] = useViewState();
  return useCallback(
    (scene, view, moved) => {
      const wish = zoomWish(scene, view, new Set(state.expand));
      const closing = new Set(moved ? wish.close : []);
      const kept = state.expand.filter((id) => !closing.has(id));
      const opening = wish.open.filter((id) => !state.collapse.includes(id) && !kept.includes(id));
      if (opening.length === 0 && kept.length === state.expand.length) return;
      update({ expand: [...kept, ...opening] });
    },
    [state, update],
  );
}
