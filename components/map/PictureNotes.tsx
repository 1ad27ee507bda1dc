"use client";
/** What of the estate is in the picture, where that is not all, with the way to the rest. */
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { foldWords } from "../../lib/view/fold-words.ts";
import { count, plain } from "../../lib/view/format.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { useMapOptions } from "./use-map-options.ts";

const NOTE =
  "flex items-center gap-2 rounded-md border border-line bg-panel py-1 pl-2.5 pr-1 text-sm text-quiet empty:hidden";

/** Boxes in place of what is in them. */
export function FoldNote({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const { state, size } = usePictured();
  const [, update] = useViewState();
  if (state.fold === "none" || size === undefined) return null;
  return (
    <div className={NOTE} role="status">
      <span>{foldWords(nodes, size.nodes)}</span>
      <Button variant="ghost" onClick={() => update({ fold: "none", expand: [], collapse: [] })}>
        Show all
      </Button>
    </div>
  );
}

/** After all was asked for: the way back. */
export function AllNote({ nodes }: { readonly nodes: number }) {
  const [state, update] = useViewState();
  if (state.fold !== "none") return null;
  return (
    <div className={NOTE}>
      <span>All {plain(count(nodes))} nodes, none folded.</span>
      <Button variant="ghost" onClick={() => update({ fold: "auto" })}>
        Fold
      </Button>
    </div>
  );
}

export function LeftOutNote({ leftOut }: { readonly leftOut: { readonly nodes: number; readonly edges: number } }) {
  const { setShow } = useMapOptions();
  const parts = [
    ...(leftOut.nodes > 0 ? [`${plain(count(leftOut.nodes))} nodes`] : []),
    ...(leftOut.edges > 0 ? [`${plain(count(leftOut.edges))} edges`] : []),
  ];
  if (parts.length === 0) return null;
  return (
    <div className={NOTE}>
      <span>The most important are drawn; {parts.join(" and ")} in sight are not. Zoom in for them.</span>
      <Button variant="ghost" onClick={() => setShow("table")}>
        All in a table
      </Button>
    </div>
  );
}
