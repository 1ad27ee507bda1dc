"use client";
/** Whether traffic runs along edges: as this browser's user chose, else by the size of the graph and the wish for less motion. */
import { useCallback } from "react";
import { type FlowChoice, flowRuns } from "../../lib/view/graph/flow.ts";
import { storedValue, useStored } from "./stored-value.ts";
import { useMedia } from "./use-media.ts";

const stored = storedValue<FlowChoice>("meshscope.flow", {
  parse: (text) => (text === "on" || text === "off" ? text : null),
  format: (choice) => choice,
  holds: true,
});

export function useFlow(edges: number) {
  const choice = useStored(stored, "off");
  const isStill = useMedia("(prefers-reduced-motion: reduce)");
  const choose = useCallback((isOn: boolean) => void stored.change(() => (isOn ? "on" : "off")), []);
  return [flowRuns(choice, edges, isStill), choose] as const;
}
