"use client";
/** Brings what is selected elsewhere (find, palette, a list) into sight on the canvas. */
import { type RefObject, useEffect } from "react";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import type { Selection } from "../data/use-selection.ts";

export function useReveal(api: RefObject<GraphCanvasApi | null>, selection: Selection | null): void {
  useEffect(() => {
    if (selection !== null) api.current?.reveal(selection);
  }, [api, selection]);
}
