/**
 * From one layout to the next in 200 ms: nodes and boxes known to both slide, curves between the same two shapes follow;
 * what is new stands at its place from the start, and what did not move does not. The caller brings the clock.
 */
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";

const MOVE_MS = 200;

function eased(share: number): number {
  return 1 - (1 - share) ** 3;
}

interface Mover {
  readonly from: LayoutResult;
  readonly to: LayoutResult;
  readonly node: readonly number[];
  readonly box: readonly number[];
  readonly edge: readonly number[];
}

/** Null where nothing known to both has moved: then there is nothing to animate. */
export function moverBetween(from: LayoutResult, to: LayoutResult): Mover | null {
  const indexes = (before: readonly string[], after: readonly string[]): number[] => {
    const at = new Map(before.map((id, i) => [id, i]));
    return after.map((id) => at.get(id) ?? -1);
  };
  const node = indexes(from.ids, to.ids);
  const moved = node.some((old, i) => old >= 0 && (from.x[old] !== to.x[i] || from.y[old] !== to.y[i]));
  if (!moved) return null;
  return { from, to, node, box: indexes(from.boxIds, to.boxIds), edge: indexes(from.edgeIds, to.edgeIds) };
}

function blend(out: Float32Array, at: number, from: number | undefined, share: number): void {
  const to = out[at] ?? 0;
  if (from !== undefined) out[at] = from + (to - from) * share;
}

/** The layout to draw at a share 0..1 of the way. */
export function between(mover: Mover, linear: number): LayoutResult {
  const { from, to } = mover;
  if (linear >= 1) return to;
  const share = eased(Math.max(0, linear));
  const [x, y, rects, curves] = [to.x.slice(), to.y.slice(), to.rects.slice(), to.curves.slice()];
  mover.node.forEach((old, i) => {
    if (old < 0) return;
    blend(x, i, from.x[old], share);
    blend(y, i, from.y[old], share);
  });
  mover.box.forEach((old, b) => {
    if (old >= 0) for (let k = 0; k < 4; k++) blend(rects, 4 * b + k, from.rects[4 * old + k], share);
  });
  mover.edge.forEach((old, e) => {
    const start = 2 * (to.curveStart[e] ?? 0);
    const length = 2 * (to.curveStart[e + 1] ?? 0) - start;
    const oldStart = 2 * (from.curveStart[old] ?? 0);
    if (old < 0 || 2 * (from.curveStart[old + 1] ?? 0) - oldStart !== length) return;
    for (let k = 0; k < length; k++) blend(curves, start + k, from.curves[oldStart + k], share);
  });
  return { ...to, x, y, rects, curves };
}

/** Beyond this many nodes a moved picture is simply redrawn. */
export const ANIMATED_NODES = 1500;

/** The move that is under way, if one is. */
export class Moves {
  #mover: Mover | null = null;
  #startMs: number | null = null;

  begin(before: LayoutResult | null, after: LayoutResult): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const small = after.ids.length <= ANIMATED_NODES;
    this.#mover = before === null || still || !small ? null : moverBetween(before, after);
    this.#startMs = null;
  }

  get isMoving(): boolean {
    return this.#mover !== null;
  }

  /** The layout of this moment; null once the move is over. */
  at(nowMs: number): LayoutResult | null {
    if (this.#mover === null) return null;
    this.#startMs ??= nowMs;
    const share = (nowMs - this.#startMs) / MOVE_MS;
    if (share < 1) return between(this.#mover, share);
    this.#mover = null;
    return null;
  }
}
