"use client";
/** Folds a box to one node, or unfolds it. */
import { Combine, Ungroup } from "lucide-react";
import type { FoldTarget } from "../../lib/view/graph/fold-target.ts";
import { Button } from "../ui/Button.tsx";
import { useFold } from "./use-folding.ts";

export function FoldButton({ target }: { readonly target: FoldTarget }) {
  const fold = useFold();
  const words = target.folded ? "Unfold" : "Fold to one node";
  return (
    <div>
      <Button onClick={() => fold(target)}>
        {target.folded ? <Ungroup size={14} aria-hidden="true" /> : <Combine size={14} aria-hidden="true" />}
        {words} <kbd className="text-quiet">c</kbd>
      </Button>
    </div>
  );
}
