/** Outlines of nodes by kind, and what is drawn in them: lengths in screen px about the origin. */
import type { Shape } from "../../lib/view/graph/graph-view.ts";
import type { Pen } from "./pen.ts";

function diamond(ctx: Pen, r: number): void {
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
}

function hexagon(ctx: Pen, r: number): void {
  const d = r * 1.08;
  for (let i = 0; i < 6; i++) {
    const angle = (Math.PI / 3) * i;
    if (i === 0) ctx.moveTo(d * Math.cos(angle), d * Math.sin(angle));
    else ctx.lineTo(d * Math.cos(angle), d * Math.sin(angle));
  }
  ctx.closePath();
}

/** Outline of a shape of this radius, as a path on the context. */
export function outline(ctx: Pen, shape: Shape, r: number): void {
  ctx.beginPath();
  switch (shape) {
    case "diamond":
    case "door":
      diamond(ctx, r);
      return;
    case "hexagon":
      hexagon(ctx, r);
      return;
    case "tag":
      ctx.roundRect(-r * 1.15, -r * 0.72, r * 2.3, r * 1.44, r * 0.22);
      return;
    case "box":
    case "stack":
      ctx.roundRect(-r * 0.92, -r * 0.92, r * 1.84, r * 1.84, r * 0.38);
      return;
    case "cloud":
    case "pass":
      ctx.roundRect(-r * 1.3, -r * 0.85, r * 2.6, r * 1.7, r * 0.85);
      return;
    default:
      ctx.arc(0, 0, r, 0, 2 * Math.PI);
  }
}

export function dashFor(shape: Shape, r: number): number[] {
  if (shape === "cloud") return [Math.max(2, r * 0.28), Math.max(2, r * 0.2)];
  return shape === "dotted" ? [1.5, 3] : [];
}

/** A path inside the outline that tells the kind, and whether it is filled; null where the outline says it. */
export function inner(ctx: Pen, shape: Shape, r: number): "fill" | "stroke" | null {
  if (r < 6) return null;
  ctx.beginPath();
  switch (shape) {
    case "door":
      diamond(ctx, r * 0.55);
      return "stroke";
    case "hole":
      ctx.arc(0, 0, r * 0.56, 0, 2 * Math.PI);
      return "fill";
    case "pass":
      // An arrow that goes through, from rim to rim.
      ctx.moveTo(-r * 1.3, 0);
      ctx.lineTo(-r * 0.7, 0);
      ctx.moveTo(r * 0.7, 0);
      ctx.lineTo(r * 1.3, 0);
      ctx.moveTo(r * 0.86, -r * 0.24);
      ctx.lineTo(r * 1.2, 0);
      ctx.lineTo(r * 0.86, r * 0.24);
      return "stroke";
    default:
      return null;
  }
}
