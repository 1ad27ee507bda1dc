/** Frames of clusters and namespaces: thin rounded rectangles, title left, counts right in quiet text where they fit. */
import type { BoxDraw } from "../../lib/view/graph/draw-list.ts";
import { textScale } from "../../lib/view/graph/place-labels.ts";
import { fontOf } from "./fonts.ts";
import type { Painter } from "./paint.ts";

const RADIUS = 8;
const INSET = 12;

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

/** Longest beginning of a text that fits, with an ellipsis; empty where not even a few letters do. */
function fitted(painter: Painter, text: string, room: number): string {
  const full = painter.ctx.measureText(text).width;
  if (full <= room) return text;
  const keep = Math.floor((text.length * room) / full) - 1;
  return keep < 3 ? "" : `${text.slice(0, keep)}…`;
}

function title(painter: Painter, box: BoxDraw): void {
  const { ctx, theme, scene, view } = painter;
  const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * box.box, 4 * box.box + 4);
  if (w * view.k < 40 || h * view.k < 24) return;
  const scale = Math.min(1, textScale(view.k));
  const left = painter.sx(x) + INSET * scale;
  const right = painter.sx(x + w) - INSET * scale;
  const base = painter.sy(y) + Math.min(20, 20 * Math.max(view.k, 0.75));
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = fontOf("box", theme.font, scale);
  ctx.fillStyle = theme.quiet;
  const name = fitted(painter, box.title, right - left);
  painter.text(name, left, base);
  let used = ctx.measureText(name).width + 10;
  if (box.mark !== "") {
    ctx.fillStyle = theme[box.tone];
    const width = ctx.measureText(box.mark).width;
    if (left + used + width <= right) {
      painter.text(box.mark, left + used, base);
      used += width + 10;
    }
  }
  ctx.font = fontOf("quiet", theme.font, scale);
  if (left + used + ctx.measureText(box.detail).width > right) return;
  ctx.textAlign = "right";
  ctx.fillStyle = theme.quiet;
  painter.text(box.detail, right, base);
}

export function paintBoxes(painter: Painter, boxes: readonly BoxDraw[]): void {
  const { scene } = painter;
  const showing = boxes.filter(({ box }) => {
    const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * box, 4 * box + 4);
    return painter.shows(x, y, x + w, y + h, 2);
  });
  for (const box of showing) frame(painter, box, scene.view.boxes[box.box]?.kind === "namespace");
  for (const box of showing) title(painter, box);
}
