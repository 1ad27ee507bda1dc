/** The canvas as it stands as a PNG, over the theme's ground and with its caption in the lower left corner. */
import { captionLines } from "../../lib/view/taken-of.ts";
import { readTheme } from "./theme.ts";

/** Null where the browser makes none. */
export function pngOf(canvas: HTMLCanvasElement, caption: string, ratio: number): Promise<Blob | null> {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const ctx = copy.getContext("2d");
  if (ctx === null) return Promise.resolve(null);
  const { bg, quiet, font } = readTheme(canvas);
  ctx.fillStyle = bg;
  ctx.fillRect(0, 0, copy.width, copy.height);
  ctx.drawImage(canvas, 0, 0);
  ctx.font = `${12 * ratio}px ${font}`;
  ctx.fillStyle = quiet;
  captionLines(caption, copy.width / ratio - 2 * 12)
    .toReversed()
    .forEach((line, i) => {
      ctx.fillText(line, 12 * ratio, copy.height - (10 + 16 * i) * ratio);
    });
  return new Promise((resolve) => copy.toBlob(resolve, "image/png"));
}
