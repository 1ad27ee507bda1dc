/** What lies under a point of the world: node (quadtree), then edge (distance to its curve), then a box's title bar. */
import { type Quadtree, quadtree } from "d3";
import { cardOf } from "./card.ts";
import { distanceToCurve, type Point } from "./curve.ts";
import type { GraphTarget } from "./graph-view.ts";
import { BOX_TITLE } from "./layout-boxes.ts";
import { type Scene, segmentsOf } from "./scene.ts";

export interface HitIndex {
  readonly scene: Scene;
  readonly nodes: Quadtree<number>;
}

/** Screen px of grace around thin edges and small nodes. */
const EDGE_GRACE = 5;
const NODE_GRACE = 4;
const LARGEST_RADIUS = 24;

export function hitIndex(scene: Scene): HitIndex {
  const { x, y, ids } = scene.layout;
  const nodes = quadtree<number>()
    .x((i) => x[i] ?? 0)
    .y((i) => y[i] ?? 0)
    .addAll(ids.map((_, i) => i));
  return { scene, nodes };
}

function hitEdge(scene: Scene, at: Point, zoom: number): GraphTarget | null {
  let best: GraphTarget | null = null;
  let least = Number.POSITIVE_INFINITY;
  scene.view.edges.forEach((edge, e) => {
    const reach = edge.width / 2 + EDGE_GRACE / zoom;
    const b = 4 * e;
    const { edgeBounds } = scene;
    if (at.x < (edgeBounds[b] ?? 0) - reach || at.x > (edgeBounds[b + 2] ?? 0) + reach) return;
    if (at.y < (edgeBounds[b + 1] ?? 0) - reach || at.y > (edgeBounds[b + 3] ?? 0) + reach) return;
    const far = distanceToCurve(scene.curves, scene.curveStart[e] ?? 0, segmentsOf(scene, e), at);
    if (far <= reach && far < least) {
      least = far;
      best = { kind: "edge", id: edge.id };
    }
  });
  return best;
}

/** The innermost box whose title bar (or, `whole`, whose area) holds the point. */
function hitBox(scene: Scene, at: Point, zoom: number): GraphTarget | null {
  const bar = Math.min(BOX_TITLE, 30 / zoom);
  for (let b = scene.view.boxes.length - 1; b >= 0; b--) {
    const [x = 0, y = 0, w = 0] = scene.layout.rects.subarray(4 * b, 4 * b + 4);
    const box = scene.view.boxes[b];
    if (box !== undefined && at.x >= x && at.x <= x + w && at.y >= y && at.y <= y + bar)
      return { kind: "box", id: box.id };
  }
  return null;
}

/** All of a folded box's frame is its node. */
function hitFolded(scene: Scene, at: Point): GraphTarget | null {
  for (const node of scene.view.nodes) {
    if (!node.folded) continue;
    const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * node.box, 4 * node.box + 4);
    if (at.x >= x && at.x <= x + w && at.y >= y && at.y <= y + h) return { kind: "node", id: node.id };
  }
  return null;
}

function hitCard(scene: Scene, at: Point, zoom: number): GraphTarget | null {
  for (const [i, node] of scene.view.nodes.entries()) {
    const card = node.folded ? cardOf(scene, i, zoom) : null;
    if (card === null) continue;
    const dx = Math.abs(at.x - (scene.layout.x[i] ?? 0)) * zoom;
    const dy = Math.abs(at.y - (scene.layout.y[i] ?? 0)) * zoom;
    if (dx <= card.w / 2 && dy <= card.h / 2) return { kind: "node", id: node.id };
  }
  return null;
}

export function hitTest(index: HitIndex, at: Point, zoom: number): GraphTarget | null {
  const { scene } = index;
  const card = hitCard(scene, at, zoom);
  if (card !== null) return card;
  const near = index.nodes.find(at.x, at.y, LARGEST_RADIUS + NODE_GRACE / zoom);
  const node = near === undefined ? undefined : scene.view.nodes[near];
  if (near !== undefined && node !== undefined) {
    const far = Math.hypot(at.x - (scene.layout.x[near] ?? 0), at.y - (scene.layout.y[near] ?? 0));
    if (far <= Math.max(node.radius, 3 / zoom) + NODE_GRACE / zoom) return { kind: "node", id: node.id };
  }
  return hitEdge(scene, at, zoom) ?? hitFolded(scene, at) ?? hitBox(scene, at, zoom);
}
