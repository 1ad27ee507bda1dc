"use client";
/** A small heatmap to look at: no axes, no keys; what it says in words is the caller's link around it. Fills its parent. */
import type { Geometry } from "../../lib/view/heatmap/geometry.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";
import { useHeatEngine } from "./use-heat-engine.ts";

interface HeatPictureProps {
  readonly view: HeatmapView;
  readonly geometry: Geometry;
  readonly themeKey: string;
}

export function HeatPicture(props: HeatPictureProps) {
  const { baseRef, overlayRef } = useHeatEngine({ ...props, cursor: null, chosen: null });
  return (
    <span aria-hidden="true" className="relative block h-full w-full">
      <canvas ref={baseRef} className="absolute inset-0 h-full w-full" />
      <canvas ref={overlayRef} className="absolute inset-0 h-full w-full" />
    </span>
  );
}
