/** Rectangles on the screen that are taken, in a grid of cells: what decides whether a label still has room. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const CELL = 96;

export class Occupied {
  readonly #cells = new Map<number, Rect[]>();

  #visit(rect: Rect, each: (key: number) => boolean): boolean {
    const right = Math.floor((rect.x + rect.w) / CELL);
    const bottom = Math.floor((rect.y + rect.h) / CELL);
    for (let c = Math.floor(rect.x / CELL); c <= right; c++) {
      for (let r = Math.floor(rect.y / CELL); r <= bottom; r++) {
        if (each((r + 1_000_000) * 4_000_000 + c + 1_000_000)) return true;
      }
    }
    return false;
  }

  add(rect: Rect): void {
    this.#visit(rect, (key) => {
      const list = this.#cells.get(key);
      if (list === undefined) this.#cells.set(key, [rect]);
      else list.push(rect);
      return false;
    });
  }

  /** Whether a rectangle meets a taken one other than `but`. */
  meets(rect: Rect, but?: Rect): boolean {
    return this.#visit(rect, (key) =>
      (this.#cells.get(key) ?? []).some(
        (other) =>
          other !== but &&
          rect.x < other.x + other.w &&
          other.x < rect.x + rect.w &&
          rect.y < other.y + other.h &&
          other.y < rect.y + rect.h,
      ),
    );
  }
}

/** Points of lines on the screen, in the same kind of grid: whether a rectangle covers a line other than its own. */
export class Lines {
  readonly #cells = new Map<number, number[]>();

  #key(x: number, y: number): number {
    return (Math.floor(y / CELL) + 1_000_000) * 4_000_000 + Math.floor(x / CELL) + 1_000_000;
  }

  add(line: number, x: number, y: number): void {
    const list = this.#cells.get(this.#key(x, y));
    if (list === undefined) this.#cells.set(this.#key(x, y), [line, x, y]);
    else list.push(line, x, y);
  }

  crosses({ x, y, w, h }: Rect, own: number): boolean {
    for (let cx = Math.floor(x / CELL) * CELL; cx <= x + w; cx += CELL) {
      for (let cy = Math.floor(y / CELL) * CELL; cy <= y + h; cy += CELL) {
        const list = this.#cells.get(this.#key(cx, cy)) ?? [];
        for (let i = 0; i + 2 < list.length; i += 3) {
          const px = list[i + 1] ?? 0;
          const py = list[i + 2] ?? 0;
          if (list[i] !== own && px >= x && px <= x + w && py >= y && py <= y + h) return true;
        }
      }
    }
    return false;
  }
}
