"use client";
/** How the heatmap is shown, in the URL: picture or table, and the chosen part of it. */
import { type Area, formatArea, parseArea } from "../../lib/view/heatmap/area.ts";
import { useParam } from "../data/use-view-state.ts";

export type HeatShow = "picture" | "table";

export function useHeatOptions() {
  const [show, setShow] = useParam("show");
  const [area, setArea] = useParam("area");
  return {
    show: (show === "table" ? "table" : "picture") satisfies HeatShow,
    setShow: (next: HeatShow) => setShow(next === "table" ? "table" : null),
    area: parseArea(area),
    setArea: (next: Area | null) => setArea(next === null ? null : formatArea(next)),
  } as const;
}
