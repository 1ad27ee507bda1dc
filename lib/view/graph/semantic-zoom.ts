/**
 * Which boxes a zoom opens and closes. In: what is drawn and the viewport; out: ids for the API. A box opens once what is in
 * it would have room to be read on screen, and closes at less than half of that, so that no viewport is between the two.
 * Only what is in sight opens; what was opened stays open out of sight until there is too much of it.
 */
import type { BoxMark } from "./graph-view.ts";
import type { Scene } from "./scene.ts";

export interface ScreenView {
  readonly x: number;
  readonly y: number;
  readonly k: number;
  readonly width: number;
  readonly height: number;
}

export interface ZoomWish {
  readonly open: readonly string[];
  readonly close: readonly string[];
}

/** Screen px² for each of the things in a box: nodes of a namespace, namespaces of a cluster or a mesh. */
const OPEN_PX2 = { namespace: 3_000, cluster: 8_000, mesh: 8_000 } as const;
const CLOSE_SHARE = 0.42;
/** Beyond so many nodes boxes out of sight are closed, the farthest first. */
const MOST_OPEN_NODES = 1_500;

interface Seen {
  readonly box: BoxMark;
  readonly perChild: number;
  readonly visible: boolean;
  /** Screen px from the middle of the screen. */
  readonly far: number;
}

function seenOf({ layout }: Scene, box: BoxMark, b: number, view: ScreenView): Seen {
  const [left = 0, top = 0, width = 0, height = 0] = layout.rects.subarray(4 * b, 4 * b + 4);
  const [x, y, w, h] = [left * view.k + view.x, top * view.k + view.y, width * view.k, height * view.k];
  return {
    box,
    perChild: (w * h) / Math.max(1, box.children) / OPEN_PX2[box.kind],
    visible: x < view.width && x + w > 0 && y < view.height && y + h > 0,
    far: Math.hypot(x + w / 2 - view.width / 2, y + h / 2 - view.height / 2),
  };
}

/** `expanded`: what is open beyond the level at which the picture is folded. */
export function zoomWish(scene: Scene, view: ScreenView, expanded: ReadonlySet<string>): ZoomWish {
  const seen = scene.view.boxes.map((box, b) => seenOf(scene, box, b, view));
  const open = seen.filter(({ box, visible, perChild }) => box.folded && visible && perChild >= 1);
  const opened = seen.filter(({ box }) => !box.folded && expanded.has(box.foldId));
  const close = opened.filter(({ perChild }) => perChild < CLOSE_SHARE);
  let nodes = scene.view.nodes.length + open.reduce((sum, { box }) => sum + box.children, 0);
  const rest = opened.filter((one) => !one.visible && !close.includes(one)).sort((a, b) => b.far - a.far);
  for (const one of rest) {
    if (nodes <= MOST_OPEN_NODES) break;
    close.push(one);
    nodes -= one.box.children;
  }
  const ids = (of: readonly Seen[]): string[] => of.map(({ box }) => box.foldId);
  return { open: ids(open), close: ids(close) };
}
