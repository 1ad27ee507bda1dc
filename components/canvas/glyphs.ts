/** Glyphs of meshes and badges, and locks by state: closed filled, half with one side filled, open with the shackle up, unknown a question mark in a ring. */
import { badgePath, meshPath, NO_PROXY_PATH, PIN_PATH } from "../../lib/view/graph/glyph-paths.ts";
import type { LockState } from "../../lib/view/graph/graph-view.ts";
import type { Pen } from "./pen.ts";
import type { Theme } from "./theme.ts";

interface Place {
  readonly x: number;
  readonly y: number;
  /** Height of the glyph. */
  readonly size: number;
}

const COLOURS = { closed: "healthy", half: "degraded", open: "failing", unknown: "unknown" } as const;

function shackle(ctx: Pen, s: number, open: boolean): void {
  ctx.beginPath();
  const reach = s * 0.24;
  const foot = -s * 0.02;
  const turn = -s * 0.24;
  ctx.moveTo(-reach, open ? turn + s * 0.06 : foot);
  ctx.lineTo(-reach, turn);
  ctx.arc(0, turn, reach, Math.PI, 0);
  ctx.lineTo(reach, foot);
}

/** Draws the lock about (x, y) on a patch of ground that keeps the line clear of it. Returns the calls made. */
export function drawLock(ctx: Pen, theme: Theme, lock: Exclude<LockState, null>, { x, y, size: s }: Place): number {
  const colour = theme[COLOURS[lock]];
  ctx.save();
  ctx.translate(x, y);
  ctx.fillStyle = theme.box;
  ctx.beginPath();
  ctx.roundRect(-s * 0.58, -s * 0.68, s * 1.16, s * 1.3, s * 0.3);
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = Math.max(1.2, s * 0.14);
  if (lock === "unknown") {
    ctx.beginPath();
    ctx.arc(0, 0, s * 0.5, 0, 2 * Math.PI);
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.font = `600 ${Math.round(s * 0.8)}px ${theme.font}`;
    ctx.fillText("?", 0, s * 0.05);
    ctx.restore();
    return 3;
  }
  shackle(ctx, s, lock === "open");
  ctx.stroke();
  const body = [-s * 0.42, -s * 0.04, s * 0.84, s * 0.58] as const;
  ctx.beginPath();
  ctx.roundRect(...body, s * 0.1);
  if (lock === "closed") ctx.fill();
  else {
    ctx.fillStyle = theme.panel;
    ctx.fill();
    ctx.lineWidth = 1.2;
    ctx.stroke();
    if (lock === "half") {
      ctx.fillStyle = colour;
      ctx.fillRect(body[0], body[1], body[2] / 2, body[3]);
    }
  }
  ctx.restore();
  return 4;
}

const paths = new Map<string, Path2D>();
const data = new WeakMap<Path2D, string>();

function pathOf(text: string): Path2D {
  const known = paths.get(text) ?? new Path2D(text);
  paths.set(text, known);
  data.set(known, text);
  return known;
}

/** The SVG data of a glyph's path; empty of any other path. */
export const glyphData = (path: Path2D): string => data.get(path) ?? "";

export const meshGlyph = (mesh: string): Path2D => pathOf(meshPath(mesh));
export const pinGlyph = (): Path2D => pathOf(PIN_PATH);
export const noProxyGlyph = (): Path2D => pathOf(NO_PROXY_PATH);
export const badgeGlyph = (badge: string): Path2D => pathOf(badgePath(badge));

/** Draws path data of a 12 × 12 box about (x, y) in the colours set. Returns the calls made. */
export function drawGlyph(ctx: Pen, glyph: Path2D, { x, y, size }: Place, how: "fill" | "stroke"): number {
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / 12, size / 12);
  ctx.lineWidth = 1.3;
  ctx.lineCap = "round";
  if (how === "fill") ctx.fill(glyph);
  else ctx.stroke(glyph);
  ctx.restore();
  return 1;
}
