/**
 * Paints a draw list: device pixels = CSS pixels × ratio; screen = world × zoom + pan. What lies outside the canvas is
 * not painted. Never fails and decides nothing but culling. Returns the number of strokes, fills and texts issued.
 */
import type { DrawList } from "../../lib/view/graph/draw-marks.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import { paintBoxes, paintTitles } from "./paint-boxes.ts";
import { paintArrows, paintBadges, paintEdges, paintLocks } from "./paint-edges.ts";
import { paintLabels, paintPills } from "./paint-labels.ts";
import { paintNodes } from "./paint-nodes.ts";
import type { Pen } from "./pen.ts";
import type { Theme } from "./theme.ts";

export interface Viewport {
  /** Screen px. */
  readonly x: number;
  readonly y: number;
  readonly k: number;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

/** A frame of the picture. */
export interface Picture {
  readonly scene: Scene;
  readonly list: DrawList;
  readonly view: Viewport;
  readonly theme: Theme;
}

export class Painter {
  readonly ctx: Pen;
  readonly scene: Scene;
  readonly theme: Theme;
  readonly view: Viewport;
  calls = 0;

  constructor(ctx: Pen, scene: Scene, theme: Theme, view: Viewport) {
    this.ctx = ctx;
    this.scene = scene;
    this.theme = theme;
    this.view = view;
  }

  sx(worldX: number): number {
    return worldX * this.view.k + this.view.x;
  }

  sy(worldY: number): number {
    return worldY * this.view.k + this.view.y;
  }

  /** Whether a world rectangle, grown by screen px, shows. */
  shows(left: number, top: number, right: number, bottom: number, grow: number): boolean {
    return (
      this.sx(right) + grow >= 0 &&
      this.sx(left) - grow <= this.view.width &&
      this.sy(bottom) + grow >= 0 &&
      this.sy(top) - grow <= this.view.height
    );
  }

  showsAt(x: number, y: number, grow: number): boolean {
    return this.shows(x, y, x, y, grow);
  }

  stroke(): void {
    this.calls++;
    this.ctx.stroke();
  }

  fill(): void {
    this.calls++;
    this.ctx.fill();
  }

  text(text: string, x: number, y: number): void {
    this.calls++;
    this.ctx.fillText(text, x, y);
  }
}

export function paint(painter: Painter, list: DrawList): number {
  const { ctx, view } = painter;
  ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  ctx.clearRect(0, 0, view.width, view.height);
  ctx.lineJoin = "round";
  paintBoxes(painter, list.boxes);
  paintEdges(painter, list);
  paintArrows(painter, list.arrows);
  paintLocks(painter, list.locks);
  paintBadges(painter, list.badges);
  paintNodes(painter, list.nodes);
  paintTitles(painter, list.titles);
  paintLabels(painter, list.labels);
  paintPills(painter, list.pills);
  ctx.globalAlpha = 1;
  return painter.calls;
}
