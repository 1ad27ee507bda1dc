/** Edges (one stroke per pen), arrowheads in mid-edge and locks. Curves are in world px: the transform carries the zoom. */
import type { ArrowDraw, BadgeDraw, DrawList, EdgeGroup, LockDraw } from "../../lib/view/graph/draw-marks.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import { fontOf } from "./fonts.ts";
import { badgeGlyph, drawGlyph, drawLock } from "./glyphs.ts";
import type { Painter } from "./paint.ts";
import type { Pen } from "./pen.ts";
import { edgeColour } from "./theme.ts";

/** Rasterising one path grows faster than its length: measured best between 16 and 64 curves. */
const EDGES_A_STROKE = 32;

function trace(ctx: Pen, scene: Scene, edge: number): void {
  const start = scene.curveStart[edge] ?? 0;
  const end = scene.curveStart[edge + 1] ?? 0;
  if (end - start < 4) return;
  const { curves } = scene;
  ctx.moveTo(curves[2 * start] ?? 0, curves[2 * start + 1] ?? 0);
  for (let p = start + 1; p + 2 < end; p += 3) {
    const i = 2 * p;
    ctx.bezierCurveTo(
      curves[i] ?? 0,
      curves[i + 1] ?? 0,
      curves[i + 2] ?? 0,
      curves[i + 3] ?? 0,
      curves[i + 4] ?? 0,
      curves[i + 5] ?? 0,
    );
  }
}

function showing(painter: Painter, edges: readonly number[]): readonly number[] {
  const { edgeBounds } = painter.scene;
  return edges.filter((e) => {
    const b = 4 * e;
    return painter.shows(
      edgeBounds[b] ?? 0,
      edgeBounds[b + 1] ?? 0,
      edgeBounds[b + 2] ?? 0,
      edgeBounds[b + 3] ?? 0,
      10,
    );
  });
}

function dashOf(group: EdgeGroup, k: number): number[] {
  if (group.dash === "tcp") return [(5 + group.width) / k, 4 / k];
  return group.dash === "stale" ? [1.5 / k, 4 / k] : [];
}

export function paintEdges(painter: Painter, list: DrawList): void {
  const { ctx, theme, view } = painter;
  ctx.save();
  ctx.translate(view.x, view.y);
  ctx.scale(view.k, view.k);
  ctx.lineCap = "round";
  for (const e of showing(painter, list.haloEdges)) {
    ctx.globalAlpha = 0.28;
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = ((painter.scene.view.edges[e]?.width ?? 1) * Math.min(1.6, view.k) + 9) / view.k;
    ctx.beginPath();
    trace(ctx, painter.scene, e);
    painter.stroke();
  }
  ctx.lineCap = "butt";
  for (const group of list.edges) {
    const edges = showing(painter, group.edges);
    if (edges.length === 0) continue;
    ctx.globalAlpha = group.alpha;
    ctx.strokeStyle = edgeColour(theme, group.tone);
    ctx.lineWidth = group.width / view.k;
    ctx.setLineDash(dashOf(group, view.k));
    for (let i = 0; i < edges.length; i += EDGES_A_STROKE) {
      ctx.beginPath();
      for (const e of edges.slice(i, i + EDGES_A_STROKE)) trace(ctx, painter.scene, e);
      painter.stroke();
    }
  }
  ctx.restore();
}

/** A triangle about its middle; half: the upper half filled, the rest outlined. */
export function paintArrows(painter: Painter, arrows: readonly ArrowDraw[]): void {
  const { ctx, theme } = painter;
  ctx.lineWidth = 1.2;
  for (const { x, y, angle, size, fill, tone, alpha } of arrows) {
    if (!painter.showsAt(x, y, size)) continue;
    ctx.save();
    ctx.translate(painter.sx(x), painter.sy(y));
    ctx.rotate(angle);
    ctx.globalAlpha = alpha;
    const colour = edgeColour(theme, tone);
    const [tip, back, wing] = [size * 0.62, -size * 0.5, size * 0.56];
    ctx.beginPath();
    ctx.moveTo(tip, 0);
    ctx.lineTo(back, -wing);
    ctx.lineTo(back, wing);
    ctx.closePath();
    ctx.fillStyle = fill === "filled" ? colour : theme.panel;
    painter.fill();
    ctx.strokeStyle = colour;
    painter.stroke();
    if (fill === "half") {
      ctx.beginPath();
      ctx.moveTo(tip, 0);
      ctx.lineTo(back, -wing);
      ctx.lineTo(back, 0);
      ctx.closePath();
      ctx.fillStyle = colour;
      painter.fill();
    }
    ctx.restore();
  }
}

export function paintLocks(painter: Painter, locks: readonly LockDraw[]): void {
  const { ctx, theme } = painter;
  for (const { lock, x, y, size, alpha } of locks) {
    if (!painter.showsAt(x, y, size)) continue;
    ctx.globalAlpha = alpha;
    painter.calls += drawLock(ctx, theme, lock, { x: painter.sx(x), y: painter.sy(y), size });
  }
  ctx.globalAlpha = 1;
}

/** Glyphs in a row on a plate of panel ground. */
export function paintBadges(painter: Painter, rows: readonly BadgeDraw[]): void {
  const { ctx, theme } = painter;
  for (const { badges, figures, widths, x, y, size, w, h, alpha } of rows) {
    if (!painter.showsAt(x, y, w)) continue;
    const left = painter.sx(x) - w / 2;
    const middle = painter.sy(y);
    ctx.globalAlpha = alpha;
    ctx.beginPath();
    ctx.roundRect(left, middle - h / 2, w, h, h / 2);
    ctx.fillStyle = theme.panel;
    painter.fill();
    ctx.strokeStyle = theme.line;
    ctx.lineWidth = 1;
    painter.stroke();
    ctx.strokeStyle = theme.text;
    ctx.fillStyle = theme.text;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.font = fontOf("pill", theme.font, 1);
    let from = left + 3;
    badges.forEach((badge, i) => {
      painter.calls += drawGlyph(ctx, badgeGlyph(badge), { x: from + size / 2, y: middle, size }, "stroke");
      from += size + 2;
      if (figures[i] !== "") painter.text(figures[i] ?? "", from + 1, middle + 0.5);
      from += widths[i] ?? 0;
    });
  }
  ctx.globalAlpha = 1;
}
