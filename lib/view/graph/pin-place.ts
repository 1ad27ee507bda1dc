/** Where a node of the picture is held, or let go. World pixels. */
import type { LayoutInput } from "./layout-input.ts";
import { freeSpot, type Rect } from "./layout-room.ts";
import { GAP_Y, type LayoutResult } from "./layout-types.ts";
import type { Pin } from "./pins.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The pin that holds a node of the picture at a place; null where it is not in it, or stands for a box. */
export function pinAt(layout: LayoutResult, id: string, at?: Spot): Pin | null {
  const node = layout.ids.indexOf(id);
  if (node < 0 || layout.folded[node] === 1) return null;
  const home = layout.homes[node] ?? "";
  const box = home === "" ? -1 : layout.boxIds.indexOf(home);
  if (home !== "" && box < 0) return null;
  const [left, top] = box < 0 ? [0, 0] : [layout.rects[4 * box] ?? 0, layout.rects[4 * box + 1] ?? 0];
  const { x, y } = at ?? { x: layout.x[node] ?? 0, y: layout.y[node] ?? 0 };
  return { home, dx: Math.round(x - left), dy: Math.round(y - top) };
}

/** The free place nearest to where a node is let go: apart from all that stands directly in the same box. */
export function dropSpot(input: LayoutInput, layout: LayoutResult, node: number, at: Spot): Spot {
  const box = input.boxOf[node] ?? -1;
  const half = input.halfWidth[node] ?? 0;
  const above = input.above[node] ?? 0;
  const rectAt = (i: number, x: number, y: number): Rect => ({
    left: x - (input.halfWidth[i] ?? 0),
    top: y - (input.above[i] ?? 0),
    width: 2 * (input.halfWidth[i] ?? 0),
    height: (input.above[i] ?? 0) + (input.below[i] ?? 0),
  });
  const taken: Rect[] = [];
  input.ids.forEach((_, i) => {
    if (i !== node && input.boxOf[i] === box) taken.push(rectAt(i, layout.x[i] ?? 0, layout.y[i] ?? 0));
  });
  input.boxIds.forEach((_, b) => {
    if (input.boxParent[b] !== box) return;
    const [left = 0, top = 0, width = 0, height = 0] = layout.rects.subarray(4 * b, 4 * b + 4);
    taken.push({ left, top, width, height });
  });
  const spot = freeSpot(rectAt(node, at.x, at.y), taken, GAP_Y / 2, null);
  if (spot === null) return { x: layout.x[node] ?? 0, y: layout.y[node] ?? 0 };
  return { x: spot.left + half, y: spot.top + above };
}
