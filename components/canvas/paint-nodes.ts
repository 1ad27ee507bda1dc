/** Nodes: a shape by kind with a ring in the colour of its health, the share of failures as an arc inside it, a sign. */
import type { NodeDraw } from "../../lib/view/graph/draw-marks.ts";
import type { Shape } from "../../lib/view/graph/graph-view.ts";
import { drawGlyph, meshGlyph } from "./glyphs.ts";
import type { Painter } from "./paint.ts";
import type { Pen } from "./pen.ts";
import { nodeColour } from "./theme.ts";

/** Outline of a shape of this radius about the origin, as a path on the context. */
export function outline(ctx: Pen, shape: Shape, r: number): void {
  ctx.beginPath();
  switch (shape) {
    case "diamond": {
      const d = r * 1.14;
      const c = r * 0.18;
      ctx.moveTo(-c, -d + c);
      ctx.quadraticCurveTo(0, -d, c, -d + c);
      ctx.lineTo(d - c, -c);
      ctx.quadraticCurveTo(d, 0, d - c, c);
      ctx.lineTo(c, d - c);
      ctx.quadraticCurveTo(0, d, -c, d - c);
      ctx.lineTo(-d + c, c);
      ctx.quadraticCurveTo(-d, 0, -d + c, -c);
      ctx.closePath();
      return;
    }
    case "box":
    case "stack":
      ctx.roundRect(-r * 0.92, -r * 0.92, r * 1.84, r * 1.84, r * 0.38);
      return;
    case "cloud":
      ctx.roundRect(-r * 1.3, -r * 0.85, r * 2.6, r * 1.7, r * 0.85);
      return;
    default:
      ctx.arc(0, 0, r, 0, 2 * Math.PI);
  }
}

function dashFor(shape: Shape, r: number): number[] {
  if (shape === "cloud") return [Math.max(2, r * 0.28), Math.max(2, r * 0.2)];
  return shape === "dotted" ? [1.5, 3] : [];
}

/** Rings around what is selected (accent, whole) or found (accent, thin), outside the health ring. */
function halo(painter: Painter, node: NodeDraw): void {
  const { ctx, theme } = painter;
  ctx.strokeStyle = theme.accent;
  if (node.matched) {
    outline(ctx, node.shape, node.radius + 4);
    ctx.globalAlpha = 0.35;
    ctx.lineWidth = 5;
    painter.stroke();
  }
  if (node.selected) {
    outline(ctx, node.shape, node.radius + 5);
    ctx.globalAlpha = 1;
    ctx.lineWidth = 2;
    painter.stroke();
  }
}

/** Share of failures as an arc from 12 o'clock; at least 20° so that a small share can be seen at all. */
function errorArc(painter: Painter, node: NodeDraw, thick: number): void {
  const { ctx, theme } = painter;
  const span = Math.max(Math.PI / 9, Math.min(1, node.errorShare) * 2 * Math.PI);
  ctx.beginPath();
  ctx.arc(0, 0, Math.max(1, node.radius - thick * 1.5), -Math.PI / 2, -Math.PI / 2 + span);
  ctx.strokeStyle = theme.failing;
  ctx.lineWidth = thick * 1.6;
  painter.stroke();
}

/** In the middle where nothing else stands there, else at the lower right of the rim; side by side where there are two. */
function meshGlyphs(painter: Painter, { meshes, mark, radius: r, alpha }: NodeDraw): void {
  if (meshes.length === 0) return;
  const { ctx, theme } = painter;
  const size = Math.max(7, Math.min(13, mark === "" ? r * 0.72 : r * 0.6));
  const at = mark === "" ? { x: 0, y: 0 } : { x: r * 0.78, y: r * 0.78 };
  const left = at.x - ((meshes.length - 1) * (size + 1)) / 2;
  if (mark !== "") {
    ctx.beginPath();
    ctx.roundRect(left - size / 2 - 2, at.y - size / 2 - 2, meshes.length * (size + 1) + 3, size + 4, 3);
    ctx.fillStyle = theme.panel;
    painter.fill();
  }
  ctx.globalAlpha = alpha * (mark === "" ? 0.62 : 1);
  ctx.fillStyle = theme.quiet;
  meshes.forEach((mesh, i) => {
    painter.calls += drawGlyph(ctx, meshGlyph(mesh), { x: left + i * (size + 1), y: at.y, size }, "fill");
  });
  ctx.globalAlpha = alpha;
}

function paintNode(painter: Painter, node: NodeDraw): void {
  const { ctx, theme } = painter;
  const { radius: r, shape } = node;
  halo(painter, node);
  const outside = (shape === "cloud" || shape === "dotted") && node.tone === "healthy";
  const colour = outside ? theme.quiet : nodeColour(theme, node.tone);
  const thick =
    Math.max(1, Math.min(3.2, r * 0.15)) * (node.tone === "idle" ? 0.55 : node.tone === "failing" ? 1.2 : 1);
  ctx.globalAlpha = 1;
  if (shape === "stack") {
    ctx.translate(r * 0.2, -r * 0.2);
    outline(ctx, shape, r);
    ctx.strokeStyle = colour;
    ctx.lineWidth = Math.max(1, thick * 0.6);
    painter.stroke();
    ctx.translate(-r * 0.2, r * 0.2);
  }
  outline(ctx, shape, r);
  ctx.fillStyle = theme.panel;
  painter.fill();
  ctx.globalAlpha = node.alpha;
  ctx.setLineDash(dashFor(shape, r));
  ctx.lineCap = shape === "dotted" ? "round" : "butt";
  ctx.strokeStyle = colour;
  ctx.lineWidth = shape === "dotted" ? Math.max(1.5, thick * 0.8) : thick;
  painter.stroke();
  ctx.setLineDash([]);
  ctx.lineCap = "butt";
  if (node.errorShare > 0 && r >= 6) errorArc(painter, node, thick);
  meshGlyphs(painter, node);
  if (node.mark === "") return;
  ctx.fillStyle = colour;
  ctx.font = `700 ${Math.round(r * (node.mark === "~" ? 1.15 : 0.9))}px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  painter.text(node.mark, 0, r * 0.06);
}

export function paintNodes(painter: Painter, nodes: readonly NodeDraw[]): void {
  const { ctx, scene } = painter;
  for (const node of nodes) {
    const x = scene.layout.x[node.node] ?? 0;
    const y = scene.layout.y[node.node] ?? 0;
    if (!painter.showsAt(x, y, node.radius * 1.5 + 8)) continue;
    ctx.save();
    ctx.translate(painter.sx(x), painter.sy(y));
    paintNode(painter, node);
    ctx.restore();
  }
  ctx.globalAlpha = 1;
}
