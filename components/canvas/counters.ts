/** Counts of the engine's work, for whoever measures the page. */
import type { Arranger } from "./arranger.ts";
import type { Counters } from "./engine-events.ts";
import type { Lists } from "./lists.ts";
import { pinnedPlaces } from "./pinning.ts";
import { framesOf } from "./sight.ts";
import type { ZoomControl } from "./zoom-control.ts";

/** All but what the painter counts. */
export function countersOf(
  { layouts, edgesBuilt, shown }: Arranger,
  { made, elements, mostElements }: Lists,
  { x, y, k }: ZoomControl["transform"],
): Omit<Counters, "frames" | "drawCalls"> {
  return {
    layouts,
    drawLists: made,
    elements,
    mostElements,
    edgesBuilt,
    zoom: k,
    pan: `${Math.round(x)} ${Math.round(y)}`,
    pinned: pinnedPlaces(shown),
    boxes: framesOf(shown?.layout),
  };
}
