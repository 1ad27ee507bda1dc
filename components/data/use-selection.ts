"use client";
/** What is selected on the map, in the URL: one node or one edge, or nothing. */
import { parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";

export type Selection = { readonly kind: "node" | "edge"; readonly id: string };

const PARSERS = { node: parseAsString, edge: parseAsString };

export function useSelection(): readonly [Selection | null, (selection: Selection | null) => void] {
  const [{ node, edge }, set] = useQueryStates(PARSERS, { history: "push" });
  const selection = useMemo((): Selection | null => {
    if (node !== null) return { kind: "node", id: node };
    return edge === null ? null : { kind: "edge", id: edge };
  }, [node, edge]);
  const select = useCallback(
    (next: Selection | null) =>
      void set({ node: next?.kind === "node" ? next.id : null, edge: next?.kind === "edge" ? next.id : null }),
    [set],
  );
  return [selection, select];
}
