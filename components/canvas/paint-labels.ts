/** Texts: two lines under a node with a rim of ground so that lines behind do not cut letters; pills on edges. */
import type { LabelDraw, PillDraw } from "../../lib/view/graph/draw-marks.ts";
import { fontOf } from "./fonts.ts";
import type { Painter } from "./paint.ts";

/** A label over its node's middle stands in a card. */
function groundOf(painter: Painter, { node, dy }: LabelDraw): string {
  if (dy < 0) return painter.theme.panel;
  return (painter.scene.view.nodes[node]?.box ?? -1) >= 0 ? painter.theme.box : painter.theme.bg;
}

export function paintLabels(painter: Painter, labels: readonly LabelDraw[]): void {
  const { ctx, theme, scene } = painter;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 3;
  for (const label of labels) {
    const x = scene.layout.x[label.node] ?? 0;
    const y = scene.layout.y[label.node] ?? 0;
    if (!painter.showsAt(x, y, 120)) continue;
    const middle = painter.sx(x);
    const top = painter.sy(y) + label.dy;
    ctx.globalAlpha = label.alpha;
    ctx.strokeStyle = groundOf(painter, label);
    ctx.font = fontOf("title", theme.font, label.scale);
    ctx.strokeText(label.title, middle, top + 11.5 * label.scale);
    ctx.fillStyle = theme.text;
    painter.text(label.title, middle, top + 11.5 * label.scale);
    if (label.subtitle === "") continue;
    ctx.font = fontOf("quiet", theme.font, label.scale);
    ctx.strokeText(label.subtitle, middle, top + 25.5 * label.scale);
    ctx.fillStyle = theme.quiet;
    painter.text(label.subtitle, middle, top + 25.5 * label.scale);
  }
  ctx.globalAlpha = 1;
}

/** News has a frame and plain text; the rest is quiet text on the ground. */
export function paintPills(painter: Painter, pills: readonly PillDraw[]): void {
  const { ctx, theme } = painter;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const pill of pills) {
    if (!painter.showsAt(pill.x, pill.y, 140)) continue;
    const x = painter.sx(pill.x) + pill.dx;
    const y = painter.sy(pill.y) + pill.dy;
    const framed = pill.notable || pill.selected;
    ctx.globalAlpha = pill.alpha;
    ctx.beginPath();
    const w = framed ? pill.w : pill.w - 8;
    const h = framed ? pill.h : pill.h - 3;
    ctx.roundRect(x - w / 2, y - h / 2, w, h, h / 2);
    ctx.fillStyle = framed ? theme.panel : theme.box;
    ctx.globalAlpha = pill.alpha * (framed ? 1 : 0.82);
    painter.fill();
    ctx.globalAlpha = pill.alpha;
    if (framed) {
      ctx.strokeStyle = pill.selected ? theme.accent : theme.line;
      ctx.lineWidth = 1;
      painter.stroke();
    }
    ctx.font = fontOf(framed ? "pill" : "quiet", theme.font, pill.scale);
    ctx.fillStyle = framed ? theme.text : theme.quiet;
    painter.text(pill.text, x, y + 0.5);
  }
  ctx.globalAlpha = 1;
}
