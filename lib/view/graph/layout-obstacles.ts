/** Nodes and their labels as rectangles in a grid of cells, for "does this line run through a node other than its ends". */
import type { LayoutInput } from "./layout-input.ts";

const CELL = 128;
const STEP = 12;
/** Air at the rim of a footprint that a line may use. */
const RIM = 5;

export class ObstacleGrid {
  readonly #cells = new Map<number, number[]>();
  readonly #rects: Float64Array;

  /** An empty grid (`careful` false) is met by nothing. */
  constructor(input: LayoutInput, x: ArrayLike<number>, y: ArrayLike<number>, careful: boolean) {
    this.#rects = new Float64Array(4 * input.ids.length);
    if (!careful) return;
    for (let i = 0; i < input.ids.length; i++) {
      const half = (input.halfWidth[i] ?? 0) - RIM;
      const left = (x[i] ?? 0) - half;
      const top = (y[i] ?? 0) - 24;
      const right = (x[i] ?? 0) + half;
      const bottom = (y[i] ?? 0) + (input.below[i] ?? 0) - 6;
      this.#rects.set([left, top, right, bottom], 4 * i);
      for (let c = Math.floor(left / CELL); c <= Math.floor(right / CELL); c++) {
        for (let r = Math.floor(top / CELL); r <= Math.floor(bottom / CELL); r++) this.#cell(c, r).push(i);
      }
    }
  }

  #cell(column: number, row: number): number[] {
    const key = (row + 1_000_000) * 4_000_000 + column + 1_000_000;
    let list = this.#cells.get(key);
    if (list === undefined) {
      list = [];
      this.#cells.set(key, list);
    }
    return list;
  }

  hit(x: number, y: number, ends: readonly [number, number]): boolean {
    const key = (Math.floor(y / CELL) + 1_000_000) * 4_000_000 + Math.floor(x / CELL) + 1_000_000;
    for (const i of this.#cells.get(key) ?? []) {
      if (i === ends[0] || i === ends[1]) continue;
      const at = 4 * i;
      if (x < (this.#rects[at] ?? 0) || x > (this.#rects[at + 2] ?? 0)) continue;
      if (y >= (this.#rects[at + 1] ?? 0) && y <= (this.#rects[at + 3] ?? 0)) return true;
    }
    return false;
  }

  /** Whether the straight line between two of the points (flat x, y; by index) meets no node. */
  clear(points: readonly number[], from: number, to: number, ends: readonly [number, number]): boolean {
    const x0 = points[2 * from] ?? 0;
    const y0 = points[2 * from + 1] ?? 0;
    const dx = (points[2 * to] ?? 0) - x0;
    const dy = (points[2 * to + 1] ?? 0) - y0;
    const steps = Math.max(1, Math.ceil(Math.hypot(dx, dy) / STEP));
    for (let i = 1; i < steps; i++) {
      if (this.hit(x0 + (dx * i) / steps, y0 + (dy * i) / steps, ends)) return false;
    }
    return true;
  }
}
