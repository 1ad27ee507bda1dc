"use client";
/** Which boxes of the picture are folded, in the URL, and how boxes stand in it. */
import { useCallback } from "react";
import { BOX_VIEWS } from "../../lib/query/view-key.ts";
import { foldBox, unfoldBox } from "../../lib/view/folding.ts";
import type { FoldTarget } from "../../lib/view/graph/fold-target.ts";
import type { Framing } from "../../lib/view/graph/graph-view.ts";
import { usePictured } from "../data/use-pictured.ts";
import { type Selection, useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";

export function useFraming(): Framing {
  const { state } = usePictured();
  if (BOX_VIEWS.has(state.view)) return "flat";
  return state.fold === "none" ? "framed" : "roomy";
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
