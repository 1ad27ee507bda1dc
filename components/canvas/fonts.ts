/** Fonts of the canvas and a text measure that remembers: a width is asked for once per text, font and family. */
import type { FontName, Measure } from "../../lib/view/graph/draw-marks.ts";

const SIZES: Readonly<Record<FontName, readonly [weight: number, size: number]>> = {
  title: [500, 13],
  quiet: [400, 12],
  box: [600, 13],
  pill: [500, 12],
};

export function fontOf(name: FontName, family: string, scale = 1): string {
  const [weight, size] = SIZES[name];
  return `${weight} ${Math.round(size * scale * 10) / 10}px ${family}`;
}

const MOST_REMEMBERED = 20_000;

export function measureWith(ctx: CanvasRenderingContext2D, family: string): Measure {
  const known = new Map<string, number>();
  return (text, font) => {
    const key = `${font} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      ctx.save();
      ctx.font = fontOf(font, family);
      width = ctx.measureText(text).width;
      ctx.restore();
      if (known.size > MOST_REMEMBERED) known.clear();
      known.set(key, width);
    }
    return width;
  };
}

/** Measures of a text in a font that is written out; the context is left as it was. */
export function metricsOf(ctx: CanvasRenderingContext2D, text: string, font: string): TextMetrics {
  ctx.save();
  ctx.font = font;
  const metrics = ctx.measureText(text);
  ctx.restore();
  return metrics;
}
