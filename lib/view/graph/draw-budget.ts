/**
 * What of a large picture is drawn: what lies in sight, and of that the most important, so that no zoom draws more than
 * 3,000 elements. In: a scene, what is lit, and the window in world px; out: which nodes, edges and boxes, and how many in
 * sight are left to the table. A picture that is small enough as a whole is drawn whole, whatever the window.
 */
import type { Emphasis } from "./emphasis.ts";
import type { Scene } from "./scene.ts";

/** Left, top, right, bottom. */
export type WorldWindow = readonly [number, number, number, number];

export interface Chosen {
  readonly node: Uint8Array;
  readonly edge: Uint8Array;
  readonly box: Uint8Array;
  /** In sight, but not drawn. */
  readonly leftOut: { readonly nodes: number; readonly edges: number };
}

export const MOST_ELEMENTS = 3000;
export const MOST = { nodes: 700, edges: 700, boxes: 200, labels: 300, locks: 100, badges: 100, pills: 200 } as const;

/** Between cards lines cross cards and each other: more labels than these, or locks, would hide what they are of. */
export const MOST_ON_CARDS = 40;

/** With arrows and titles, a picture of these alone is at most the budget. */
const isSmall = ({ view: { nodes, edges, boxes } }: Scene): boolean =>
  nodes.length <= MOST.nodes && edges.length <= MOST.edges && boxes.length <= MOST.boxes;

/** Marks the first `most` by weight, ties by index; returns how many are left out. */
function mark(into: Uint8Array, candidates: number[], weight: (i: number) => number, most: number): number {
  if (candidates.length > most) candidates.sort((a, b) => weight(b) - weight(a) || a - b);
  for (const i of candidates.slice(0, most)) into[i] = 1;
  return Math.max(0, candidates.length - most);
}

const LIT = 1e6;

/** Null where all is drawn. */
export function chooseDrawn(scene: Scene, emphasis: Emphasis, window: WorldWindow): Chosen | null {
  if (isSmall(scene)) return null;
  const { view, layout, edgeBounds } = scene;
  const [left, top, right, bottom] = window;
  const meets = (l: number, t: number, r: number, b: number): boolean =>
    r >= left && l <= right && b >= top && t <= bottom;
  const isLit = (levels: Uint8Array, matched: Uint8Array | null, i: number): number =>
    levels[i] === 2 || matched?.[i] === 1 ? LIT : 0;
  const indexes = (count: number, test: (i: number) => boolean): number[] => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) if (test(i)) found.push(i);
    return found;
  };
  const node = new Uint8Array(view.nodes.length);
  const edge = new Uint8Array(view.edges.length);
  const box = new Uint8Array(view.boxes.length);
  const nodes = mark(
    node,
    indexes(node.length, (i) => {
      const [x = 0, y = 0] = [layout.x[i], layout.y[i]];
      return meets(x - 40, y - 40, x + 40, y + 80);
    }),
    (i) => (view.nodes[i]?.importance ?? 0) + isLit(emphasis.node, emphasis.matchedNode, i),
    MOST.nodes,
  );
  const edges = mark(
    edge,
    indexes(edge.length, (e) => {
      const [l = 0, t = 0, r = 0, b = 0] = edgeBounds.subarray(4 * e, 4 * e + 4);
      return meets(l, t, r, b);
    }),
    (e) => (view.edges[e]?.importance ?? 0) + isLit(emphasis.edge, emphasis.matchedEdge, e),
    MOST.edges,
  );
  mark(
    box,
    indexes(box.length, (b) => {
      const [x = 0, y = 0, w = 0, h = 0] = layout.rects.subarray(4 * b, 4 * b + 4);
      return meets(x, y, x + w, y + h);
    }),
    (b) => (layout.rects[4 * b + 2] ?? 0) * (layout.rects[4 * b + 3] ?? 0) + isLit(emphasis.box, null, b),
    MOST.boxes,
  );
  return { node, edge, box, leftOut: { nodes, edges } };
}
