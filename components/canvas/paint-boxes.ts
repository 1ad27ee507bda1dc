/** Frames of clusters and namespaces: thin rounded rectangles, title left, counts right in quiet text where they fit. */
import type { BoxDraw, TitleDraw } from "../../lib/view/graph/draw-marks.ts";
import { fontOf } from "./fonts.ts";
import { drawGlyph, meshGlyph } from "./glyphs.ts";
import type { Painter } from "./paint.ts";

const RADIUS = 8;

function frame(painter: Painter, box: BoxDraw, nested: boolean): void {
  const { ctx, theme, scene, view } = painter;
  const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * box.box, 4 * box.box + 4);
  ctx.beginPath();
  ctx.roundRect(painter.sx(x) + 0.5, painter.sy(y) + 0.5, w * view.k, h * view.k, RADIUS * Math.min(1, view.k + 0.3));
  ctx.fillStyle = theme.box;
  ctx.globalAlpha = nested ? 1 : 0.45;
  painter.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = box.selected ? theme.accent : box.strong ? theme.quiet : theme.line;
  ctx.lineWidth = box.selected ? 2 : 1;
  painter.stroke();
}

export function paintBoxes(painter: Painter, boxes: readonly BoxDraw[]): void {
  const { scene } = painter;
  for (const box of boxes) {
    const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * box.box, 4 * box.box + 4);
    if (!painter.shows(x, y, x + w, y + h, 2)) continue;
    frame(painter, box, scene.view.boxes[box.box]?.kind === "namespace");
  }
}

/** Over the edges, with a rim of ground, so that a line never strikes a name through. */
export function paintTitles(painter: Painter, titles: readonly TitleDraw[]): void {
  const { ctx, theme, scene, view } = painter;
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 4;
  ctx.strokeStyle = theme.box;
  for (const { box, title, mark, meshes, tone, detail, dx, dy, scale } of titles) {
    const [x = 0, y = 0, w = 0] = scene.layout.rects.subarray(4 * box, 4 * box + 4);
    if (!painter.shows(x, y, x + w, y, 30)) continue;
    const left = painter.sx(x) + dx;
    const base = painter.sy(y) + dy + 12 * scale;
    const put = (text: string, at: number, colour: string): void => {
      ctx.strokeText(text, at, base);
      ctx.fillStyle = colour;
      painter.text(text, at, base);
    };
    ctx.textAlign = "left";
    ctx.font = fontOf("box", theme.font, scale);
    put(title, left, theme.quiet);
    let after = left + ctx.measureText(title).width;
    if (mark !== "") {
      put(mark, after + 10 * scale, theme[tone]);
      after += ctx.measureText(mark).width + 10 * scale;
    }
    ctx.fillStyle = theme.quiet;
    meshes.forEach((mesh, i) => {
      const at = { x: after + (12 + 13 * i) * scale, y: base - 4.5 * scale, size: 11 * scale };
      painter.calls += drawGlyph(ctx, meshGlyph(mesh), at, "fill");
    });
    if (detail === "") continue;
    ctx.font = fontOf("quiet", theme.font, scale);
    ctx.textAlign = "right";
    put(detail, painter.sx(x) + w * view.k - dx, theme.quiet);
  }
}
