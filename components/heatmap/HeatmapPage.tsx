"use client";
/** The heatmap page: of the node or edge in the URL, or a list to choose from. */
import { useSelection } from "../data/use-selection.ts";
import { HeatmapScreen } from "./HeatmapScreen.tsx";
import { HeatPicker } from "./HeatPicker.tsx";

export function HeatmapPage() {
  const [selection] = useSelection();
  if (selection === null || selection.kind === "box") return <HeatPicker />;
  const of = selection.kind === "edge" ? { edge: selection.id } : { node: selection.id };
  return <HeatmapScreen key={selection.id} of={of} />;
}
