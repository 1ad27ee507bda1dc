"use client";
/** Where an edge of the table leads, and whether it holds what is looked for. */
import { useMemo } from "react";
import type { SecuredEdge } from "../../lib/query/schema/security.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import type { EdgeLinks } from "./edge-columns.tsx";

export function useEdgeLinks(): EdgeLinks {
  const [view] = useViewState();
  return useMemo(
    () => ({
      map: ({ id }) => linkTo("/", view, { edge: id }),
      traces: ({ id }) => linkTo("/traces", view, { edge: id }),
    }),
    [view],
  );
}

export function edgeHolds({ source, target }: SecuredEdge, find: string): boolean {
  const text = find.trim().toLowerCase();
  return [source, target].some(({ name, namespace }) => `${name} ${namespace}`.toLowerCase().includes(text));
}
