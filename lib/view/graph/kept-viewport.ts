/**
 * Where a viewport looks, in words that hold for another arrangement of the same things: how far the middle of the viewport is from the
 * node nearest to it, and from the box about that. In: a scene and a viewport; out: a text for a link, and the place in a scene. World px.
 */
import type { GraphTarget } from "./graph-view.ts";
import type { Scene } from "./scene.ts";

export interface Anchor {
  readonly kind: Exclude<GraphTarget["kind"], "edge">;
  readonly id: string;
  readonly dx: number;
  readonly dy: number;
}

export interface KeptViewport {
  readonly zoom: number;
  /** The first that is in the picture holds. */
  readonly anchors: readonly Anchor[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function nearestNode({ layout, view }: Scene, { x, y }: Place): number {
  let [best, least] = [-1, Infinity];
  view.nodes.forEach((_, i) => {
    const far = Math.hypot((layout.x[i] ?? 0) - x, (layout.y[i] ?? 0) - y);
    if (far < least) [best, least] = [i, far];
  });
  return best;
}

function placeOf({ layout, view }: Scene, { kind, id }: Pick<Anchor, "kind" | "id">): Place | null {
  const at = (kind === "node" ? view.nodeIndex : view.boxIndex).get(id);
  if (at === undefined) return null;
  const [x, y] = kind === "node" ? [layout.x[at], layout.y[at]] : [layout.rects[4 * at], layout.rects[4 * at + 1]];
  return x === undefined || y === undefined ? null : { x, y };
}

/** Null where nothing is drawn. */
export function keptViewport(scene: Scene, middle: Place, zoom: number): KeptViewport | null {
  const node = scene.view.nodes[nearestNode(scene, middle)];
  if (node === undefined) return null;
  const box = scene.view.boxes[node.box];
  const things = [
    { kind: "node", id: node.id } as const,
    ...(box === undefined ? [] : [{ kind: "box", id: box.id } as const]),
  ];
  const anchors = things.flatMap((thing) => {
    const at = placeOf(scene, thing);
    return at === null ? [] : [{ ...thing, dx: Math.round(middle.x - at.x), dy: Math.round(middle.y - at.y) }];
  });
  return { zoom, anchors };
}

/** What is in the middle of the viewport; null where nothing that it is known by is in the picture. */
export function middleOf(scene: Scene, { anchors }: KeptViewport): Place | null {
  for (const anchor of anchors) {
    const at = placeOf(scene, anchor);
    if (at !== null) return { x: at.x + anchor.dx, y: at.y + anchor.dy };
  }
  return null;
}

/** `zoom;n,dx,dy,id;b,dx,dy,id`, ids percent-encoded. */
export function viewportText({ zoom, anchors }: KeptViewport): string {
  const parts = anchors.map(({ kind, id, dx, dy }) =>
    [kind === "node" ? "n" : "b", dx, dy, encodeURIComponent(id)].join(),
  );
  return [Number(zoom.toPrecision(5)), ...parts].join(";");
}

const ANCHOR = /^([nb]),(-?\d{1,7}),(-?\d{1,7}),([^,;]{1,300})$/;
const ZOOM = /^\d{1,2}(\.\d{1,8})?$/;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Null for what is no viewport. */
export function parseViewport(text: string | null): KeptViewport | null {
  const [first = "", ...parts] = (text ?? "").split(";");
  const zoom = ZOOM.test(first) ? Number(first) : 0;
  const anchors = parts.slice(0, 2).flatMap((part): Anchor[] => {
    const [, kind, dx, dy, encoded = ""] = ANCHOR.exec(part) ?? [];
    const id = decoded(encoded);
    if (kind === undefined || id === null) return [];
    return [{ kind: kind === "n" ? "node" : "box", id, dx: Number(dx), dy: Number(dy) }];
  });
  return zoom > 0 && anchors.length > 0 ? { zoom, anchors } : null;
}
