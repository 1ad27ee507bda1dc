/**
 * The cells of a heatmap as pixels. In: a view, where its cells stand, the size in device px, a palette; out: one number
 * a pixel, ready for ImageData. Three looks that never meet: counted (colour), zero (nothing drawn: the ground shows),
 * not observed (hatched).
 */
import { PALETTE_SIZE, shareOfCount } from "./colour-scale.ts";
import { type Geometry, shareX, shareY } from "./geometry.ts";
import type { HeatmapView } from "./present-heatmap.ts";

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

export interface Paints {
  /** `PALETTE_SIZE` pixels, least to most. */
  readonly scale: Uint32Array;
  readonly hatch: number;
}

/** Cells narrower than this stand without a seam between them. */
const SEAM_FROM_PX = 6;
const HATCH_PX = 7;

function fillBox(pixels: Uint32Array, width: number, box: readonly [number, number, number, number], pixel: number) {
  const [left, top, right, bottom] = box;
  for (let y = top; y < bottom; y++) pixels.fill(pixel, y * width + left, y * width + right);
}

function hatchColumn(pixels: Uint32Array, { width, height }: PixelSize, left: number, right: number, pixel: number) {
  for (let y = 0; y < height; y++) {
    for (let x = left; x < right; x++) if ((x + y) % HATCH_PX === 0) pixels[y * width + x] = pixel;
  }
}

export function heatPixels(view: HeatmapView, geometry: Geometry, size: PixelSize, paints: Paints): Uint32Array {
  const { width, height } = size;
  const pixels = new Uint32Array(width * height);
  const edges = geometry.edgesMs.map((ms) => Math.round(shareY(geometry, ms) * height));
  for (const { startMs, endMs, counts } of view.columns) {
    const left = Math.round(shareX(geometry, startMs) * width);
    const right = Math.round(shareX(geometry, endMs) * width);
    if (counts === null) {
      hatchColumn(pixels, size, left, right, paints.hatch);
      continue;
    }
    const seamX = right - left >= SEAM_FROM_PX ? 1 : 0;
    view.rows.forEach(({ index }, row) => {
      const count = counts[index] ?? 0;
      if (!(count > 0)) return;
      const top = edges[row + 1] ?? 0;
      const bottom = edges[row] ?? 0;
      const seamY = bottom - top >= SEAM_FROM_PX ? 1 : 0;
      const at = Math.round(shareOfCount(count, view.most) * (PALETTE_SIZE - 1));
      fillBox(pixels, width, [left, top + seamY, right - seamX, bottom], paints.scale[at] ?? 0);
    });
  }
  return pixels;
}
