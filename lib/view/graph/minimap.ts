/** The whole picture, small: how the world maps onto it, and where on it the viewport is. World, screen and map px. */
import { type Bounds, Extent } from "./extent.ts";
import type { LayoutResult } from "./layout-types.ts";
import type { ScreenView } from "./semantic-zoom.ts";

const ABOUT_NODE = 50;

/** About all nodes and boxes; null where there is nothing. */
export function pictureBounds({ ids, x, y, rects }: LayoutResult): Bounds | null {
  const extent = new Extent();
  ids.forEach((_, i) => {
    const [cx = 0, cy = 0] = [x[i], y[i]];
    extent.take(cx - ABOUT_NODE, cy - ABOUT_NODE, cx + ABOUT_NODE, cy + ABOUT_NODE);
  });
  extent.takeRects(rects);
  return extent.bounds;
}

export interface MiniFrame {
  readonly scale: number;
  /** Map px of the world's origin. */
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** As large as fits, in the middle. */
export function miniFrame([left, top, right, bottom]: Bounds, { width, height }: Size): MiniFrame {
  const scale = Math.min(width / Math.max(1, right - left), height / Math.max(1, bottom - top));
  return { scale, x: (width - scale * (left + right)) / 2, y: (height - scale * (top + bottom)) / 2 };
}

/** Left, top, width and height of the viewport on the map. */
export function viewportOn(frame: MiniFrame, view: ScreenView): readonly [number, number, number, number] {
  const at = (screen: number, pan: number, origin: number): number => ((screen - pan) / view.k) * frame.scale + origin;
  return [
    at(0, view.x, frame.x),
    at(0, view.y, frame.y),
    (view.width / view.k) * frame.scale,
    (view.height / view.k) * frame.scale,
  ];
}

/** The place in the world that a place on the map stands for. */
export function worldAt(frame: MiniFrame, at: { readonly x: number; readonly y: number }) {
  return { x: (at.x - frame.x) / frame.scale, y: (at.y - frame.y) / frame.scale };
}

/** Whether a part of the picture is out of sight: more than a few px of it. */
export function isPartHidden([left, top, right, bottom]: Bounds, { x, y, k, width, height }: ScreenView): boolean {
  const slack = 12;
  return (
    left * k + x < -slack || top * k + y < -slack || right * k + x > width + slack || bottom * k + y > height + slack
  );
}
