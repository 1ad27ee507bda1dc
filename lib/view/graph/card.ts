/**
 * A folded box whose frame keeps room for what is in it is drawn as a card in the middle of the frame: name and figures in
 * it, edges up to it. In: scene, node, zoom; out: its size in screen px, or null where the node is drawn as others are.
 */
import type { Scene } from "./scene.ts";

export interface Card {
  readonly w: number;
  readonly h: number;
}

/** Share of its frame, and more for each step of traffic. */
const SHARE = 0.5;
const SHARE_A_STEP = 0.045;
const LARGEST = { w: 240, h: 112 } as const;
/** A smaller one has no room for a name. */
const LEAST = { w: 34, h: 20 } as const;

export function cardOf({ view, layout }: Scene, node: number, zoom: number): Card | null {
  const mark = view.nodes[node];
  if (mark?.folded !== true || (view.boxes[mark.box]?.room ?? 0) === 0) return null;
  const [, , width = 0, height = 0] = layout.rects.subarray(4 * mark.box, 4 * mark.box + 4);
  const share = SHARE + SHARE_A_STEP * mark.step;
  const w = Math.min(LARGEST.w, width * zoom * share);
  const h = Math.min(LARGEST.h, height * zoom * share);
  return w < LEAST.w || h < LEAST.h ? null : { w, h };
}

/** Edges of cards are read as edges of nodes are at this zoom. */
const READS_AT = 0.5;

/** The zoom at which each edge is read. */
export function readingOf({ view }: Scene, zoom: number, isCard: (node: number) => boolean): (edge: number) => number {
  const near = Math.max(zoom, READS_AT);
  return (e) => {
    const edge = view.edges[e];
    return edge !== undefined && (isCard(edge.source) || isCard(edge.target)) ? near : zoom;
  };
}
