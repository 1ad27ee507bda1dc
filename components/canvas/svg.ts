/** The picture as vectors, over its ground and with `caption` in the lower left corner: what the canvas shows, painted by another pen. */
import { metricsOf } from "./fonts.ts";
import { glyphData } from "./glyphs.ts";
import { Painter, type Picture, paint } from "./paint.ts";
import { SvgPen } from "./svg-pen.ts";
import type { Theme } from "./theme.ts";
import type { ZoomControl } from "./zoom-control.ts";

interface SvgParts {
  /** Measures texts. */
  readonly ctx: CanvasRenderingContext2D;
  readonly theme: Theme;
  readonly zoom: ZoomControl;
  /** Null where there is none yet: the ground alone. */
  readonly picture: Pick<Picture, "scene" | "list"> | null;
}

export function svgOf({ ctx, theme, zoom, picture }: SvgParts, caption: string): string {
  const pen = new SvgPen(glyphData, (text, font) => metricsOf(ctx, text, font));
  const { width, height } = zoom.size;
  const view = { ...zoom.transform, width, height, ratio: 1 };
  if (picture !== null) paint(new Painter(pen, picture.scene, theme, view), picture.list);
  return pen.svg(width, height, caption, theme);
}
