/** What of the world the canvas shows, and when it has come to rest. World and screen px. */
import type { WorldWindow } from "../../lib/view/graph/draw-budget.ts";
import type { DrawList } from "../../lib/view/graph/draw-marks.ts";
import type { GraphView } from "../../lib/view/graph/graph-view.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import type { ZoomControl } from "./zoom-control.ts";

/** A list is made for this share of the window more to each side, so that not each step of a pan makes a new one. */
export const ROUND_SIGHT = 0.25;
const RESTS_AFTER_MS = 220;

type Zoom = Pick<ZoomControl, "size" | "toWorld" | "transform">;

export function windowOf(zoom: Zoom, round: number): WorldWindow {
  const { width, height } = zoom.size;
  const from = zoom.toWorld({ x: -round * width, y: -round * height });
  const to = zoom.toWorld({ x: (1 + round) * width, y: (1 + round) * height });
  return [from.x, from.y, to.x, to.y];
}

/** Whether a list holds for the viewport as it is now. */
export function isGoodFor(list: DrawList, zoom: Zoom): boolean {
  if (list.zoom !== zoom.transform.k) return false;
  if (list.window === null) return true;
  const [left, top, right, bottom] = windowOf(zoom, 0);
  return left >= list.window[0] && top >= list.window[1] && right <= list.window[2] && bottom <= list.window[3];
}

/** About all boxes that are open while others are folded; null where none is. */
export function openedBounds({ view, layout }: { readonly view: GraphView; readonly layout: LayoutResult }) {
  if (!view.boxes.some(({ folded }) => folded)) return null;
  const parents = new Set(view.boxes.map(({ parent }) => parent));
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  view.boxes.forEach(({ folded }, b) => {
    if (folded || parents.has(b)) return;
    const [x = 0, y = 0, w = 0, h = 0] = layout.rects.subarray(4 * b, 4 * b + 4);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + w);
    bottom = Math.max(bottom, y + h);
  });
  return left > right ? null : ([left, top, right, bottom] as const);
}

export function framesOf(layout: LayoutResult | undefined): Readonly<Record<string, string>> {
  const ids = layout?.boxIds ?? [];
  return Object.fromEntries(
    ids.map((id, b) => [id, [...(layout?.rects.subarray(4 * b, 4 * b + 4) ?? [])].map(Math.round).join(" ")]),
  );
}

/** Calls once nothing has moved for a moment. */
export class ViewWatch {
  readonly #rested: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rested: () => void) {
    this.#rested = rested;
  }

  moved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#rested, RESTS_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
