"use client";
/** What is selected on the map, in the URL: one node, one edge or one box, or nothing. */
import { parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";

export type Selection = { readonly kind: "node" | "edge" | "box"; readonly id: string };

const PARSERS = { node: parseAsString, edge: parseAsString, box: parseAsString };

export function useSelection(): readonly [Selection | null, (selection: Selection | null) => void] {
  const [{ node, edge, box }, set] = useQueryStates(PARSERS, { history: "push" });
  const selection = useMemo((): Selection | null => {
    if (node !== null) return { kind: "node", id: node };
    if (edge !== null) return { kind: "edge", id: edge };
    return box === null ? null : { kind: "box", id: box };
  }, [node, edge, box]);
  const select = useCallback(
    (next: Selection | null) =>
      void set({ node: null, edge: null, box: null, ...(next === null ? {} : { [next.kind]: next.id }) }),
    [set],
  );
  return [selection, select];
}
