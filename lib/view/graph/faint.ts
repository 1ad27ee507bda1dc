/** How far what is healthy steps back where lines are a crowd: the alpha of such lines, and of the arrows on them. */
import type { Scene } from "./scene.ts";

/** Far out a crowd of healthy lines steps back. */
const CROWDED_EDGE = 0.8;
const CROWD_EDGES = 250;
const CROWD_ZOOM = 0.5;
/** Lines between boxes cross other boxes: the healthy ones are for the eye to follow, not to see first. */
const MAP_EDGES = 60;
const FAINTEST = 0.3;

export function faintOf({ view: { boxes, edges } }: Scene, zoom: number): number {
  const crowded =
    zoom < CROWD_ZOOM && edges.length > CROWD_EDGES ? Math.sqrt(CROWD_EDGES / edges.length) * CROWDED_EDGE : 1;
  const isMap = boxes.some(({ folded, room }) => folded && room > 0);
  const faint = isMap ? Math.max(FAINTEST, Math.min(1, Math.sqrt(MAP_EDGES / Math.max(1, edges.length)))) : 1;
  return Math.min(crowded, faint);
}
