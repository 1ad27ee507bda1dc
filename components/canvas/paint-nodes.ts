/** Nodes: a shape by kind with a ring in the colour of its health, the share of failures as an arc inside it, a sign. */
import { type NodeDraw, RIM_WEIGHT } from "../../lib/view/graph/draw-marks.ts";
import type { Shape } from "../../lib/view/graph/graph-view.ts";
import { SIGN_DISC, type Spot, signSpots } from "../../lib/view/graph/signs.ts";
import { drawGlyph, meshGlyph, noProxyGlyph, pinGlyph } from "./glyphs.ts";
import type { Painter } from "./paint.ts";
import { dashFor, inner, outline } from "./shapes.ts";
import { nodeColour } from "./theme.ts";

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

/** A disc of ground for a sign. */
function plate(painter: Painter, { x, y }: Spot, radius: number, alpha: number): void {
  const { ctx, theme } = painter;
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = theme.panel;
  painter.fill();
  ctx.globalAlpha = alpha;
}

/** On plates at the rim: a pin, the sign of a missing proxy. */
function signs(painter: Painter, { radius: r, alpha, pinned, noProxy }: NodeDraw): void {
  const { ctx, theme } = painter;
  const size = Math.max(9, Math.min(13, r * 0.7));
  const spots = signSpots(r);
  const plated = (spot: Spot): Spot & { readonly size: number } => {
    plate(painter, spot, size * 0.72, alpha);
    return { ...spot, size };
  };
  if (pinned) {
    const at = plated(spots.pin);
    ctx.fillStyle = theme.accent;
    painter.calls += drawGlyph(ctx, pinGlyph(), at, "fill");
  }
  if (noProxy) {
    const at = plated(spots.noProxy);
    ctx.strokeStyle = theme.degraded;
    painter.calls += drawGlyph(ctx, noProxyGlyph(), at, "stroke");
  }
}

const OUTSIDE: ReadonlySet<Shape> = new Set(["cloud", "pass", "hole", "dotted"]);

function kindMark(painter: Painter, { shape, radius, mark }: NodeDraw, colour: string): void {
  const { ctx } = painter;
  const how = inner(ctx, shape, radius);
  if (how === null || (mark !== "" && shape !== "pass")) return;
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.max(1, radius * 0.1);
  if (how === "fill") painter.fill();
  else painter.stroke();
}

function paintNode(painter: Painter, node: NodeDraw): void {
  const { ctx, theme } = painter;
  const { radius: r, shape } = node;
  halo(painter, node);
  const outside = OUTSIDE.has(shape) && node.tone === "healthy";
  const colour = outside ? theme.quiet : nodeColour(theme, node.tone);
  const thick = Math.max(1, Math.min(3.2, r * 0.15)) * RIM_WEIGHT[node.tone];
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
  kindMark(painter, node, colour);
  if (node.errorShare > 0 && r >= 6) errorArc(painter, node, thick);
  meshGlyphs(painter, node);
  const beside = signSpots(r).mark;
  if (node.mark === "") return;
  if (beside === null)
    write(painter, node.mark, { x: 0, y: r * 0.06 }, { colour, size: r * (node.mark === "~" ? 1.15 : 0.9) });
  else signDisc(painter, node, beside, colour);
}

function write(painter: Painter, mark: string, { x, y }: Spot, look: { colour: string; size: number }): void {
  const { ctx, theme } = painter;
  ctx.fillStyle = look.colour;
  ctx.font = `700 ${Math.round(look.size)}px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  painter.text(mark, x, y);
}

/** The sign of health on a disc of its own, beside what has no room for it. */
function signDisc(painter: Painter, { mark, alpha }: NodeDraw, at: Spot, colour: string): void {
  const { ctx } = painter;
  plate(painter, at, SIGN_DISC, alpha);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  painter.stroke();
  write(painter, mark, { x: at.x, y: at.y + 0.5 }, { colour, size: mark === "~" ? 12 : 10 });
}

/** The rim in the colour of its health, a second one behind it, the share of failures as its foot, a sign in its corner. */
function paintCard(painter: Painter, node: NodeDraw, { w, h }: NonNullable<NodeDraw["card"]>): void {
  const { ctx, theme } = painter;
  const colour = nodeColour(theme, node.tone);
  const corner = Math.min(8, h * 0.22);
  const rim = (grow: number, lift: number): void => {
    ctx.beginPath();
    ctx.roundRect(-w / 2 - grow + lift, -h / 2 - grow - lift, w + 2 * grow, h + 2 * grow, corner + grow);
  };
  if (node.matched || node.selected) {
    rim(4, 0);
    ctx.strokeStyle = theme.accent;
    ctx.globalAlpha = node.selected ? 1 : 0.35;
    ctx.lineWidth = node.selected ? 2 : 5;
    painter.stroke();
  }
  const grave = node.tone === "failing" || node.tone === "degraded";
  ctx.globalAlpha = node.alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = grave ? 1.5 : 1;
  rim(0, Math.min(3, h * 0.07));
  painter.stroke();
  rim(0, 0);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.panel;
  painter.fill();
  ctx.globalAlpha = node.alpha;
  ctx.lineWidth = grave ? 2.5 : 1.5;
  painter.stroke();
  if (node.errorShare > 0) {
    const whole = w - 2 * corner;
    ctx.beginPath();
    ctx.roundRect(-whole / 2, h / 2 - 4, Math.max(6, whole * Math.min(1, node.errorShare)), 2.5, 1.2);
    ctx.fillStyle = theme.failing;
    painter.fill();
  }
  cardMarks(painter, node, { w, h }, colour);
}

/** In the corners the sign of its health right, and where there is room for them its meshes left. */
function cardMarks(painter: Painter, node: NodeDraw, { w, h }: NonNullable<NodeDraw["card"]>, colour: string): void {
  const { ctx, theme } = painter;
  const size = Math.max(10, Math.min(16, h * 0.24));
  const isRoomy = h >= 34 && w >= 60;
  if (node.mark !== "" && !isRoomy) signDisc(painter, node, { x: w / 2, y: -h / 2 }, colour);
  if (!isRoomy) return;
  if (node.mark !== "") write(painter, node.mark, { x: w / 2 - size * 0.7, y: -h / 2 + size * 0.8 }, { colour, size });
  ctx.fillStyle = theme.quiet;
  ctx.globalAlpha = node.alpha * 0.7;
  node.meshes.forEach((mesh, i) => {
    const at = { x: -w / 2 + size * 0.8 + i * (size + 1), y: -h / 2 + size * 0.8, size: size * 0.8 };
    painter.calls += drawGlyph(ctx, meshGlyph(mesh), at, "fill");
  });
  ctx.globalAlpha = node.alpha;
}

export function paintNodes(painter: Painter, nodes: readonly NodeDraw[]): void {
  const { ctx, scene } = painter;
  for (const node of nodes) {
    const x = scene.layout.x[node.node] ?? 0;
    const y = scene.layout.y[node.node] ?? 0;
    if (!painter.showsAt(x, y, Math.max(node.radius * 1.5, (node.card?.w ?? 0) / 2) + 16)) continue;
    ctx.save();
    ctx.translate(painter.sx(x), painter.sy(y));
    if (node.card === null) paintNode(painter, node);
    else paintCard(painter, node, node.card);
    if (node.pinned || node.noProxy) signs(painter, node);
    ctx.restore();
  }
  ctx.globalAlpha = 1;
}
