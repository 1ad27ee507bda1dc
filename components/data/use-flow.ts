"use client";
/** Whether traffic runs along edges: as this browser's user chose, else by the size of the graph and the wish for less motion. */
import { useCallback, useSyncExternalStore } from "react";
import { type FlowChoice, flowRuns } from "../../lib/view/graph/flow.ts";
import { useMedia } from "./use-media.ts";

const KEY = "meshscope.flow";
const listeners = new Set<() => void>();
let held: FlowChoice | undefined;

function read(): FlowChoice {
  if (held !== undefined) return held;
  try {
    const text = localStorage.getItem(KEY);
    held = text === "on" || text === "off" ? text : null;
  } catch {
    held = null;
  }
  return held;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useFlow(edges: number) {
  const choice = useSyncExternalStore(subscribe, read, () => "off" as const);
  const isStill = useMedia("(prefers-reduced-motion: reduce)");
  const choose = useCallback((isOn: boolean) => {
    held = isOn ? "on" : "off";
    try {
      localStorage.setItem(KEY, held);
    } catch {
      // Storage is refused: the choice holds for this visit.
    }
    for (const listener of listeners) listener();
  }, []);
  return [flowRuns(choice, edges, isStill), choose] as const;
}
