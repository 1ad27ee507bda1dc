/**
 * Dots along edges, on a canvas of their own over the picture: the picture is not drawn again for them. At most 30 times a
 * second; while the page is busy, the viewport moves or the tab is hidden, nothing is drawn, so that dots wait for input and not the
 * other way round. None is drawn over a node, a card, a text or a mark.
 */
import { continued, eachDot, type FlowPlan, flowEdges, flowPlan } from "../../lib/view/graph/flow.ts";
import type { Picture } from "./paint.ts";
import type { Theme } from "./theme.ts";

const FRAME_MS = 1000 / 30;
/** A frame that comes so late tells of a busy page: it is left out. */
const LATE_MS = 60;
const RESTS_AFTER_MS = 120;
const RADIUS = 1.9;

export interface FlowSample {
  readonly requestsPerDot: number;
  readonly bytesPerDot: number;
}

/** What is used of a canvas, of its context, and of a picture. */
export type FlowContext = Pick<
  CanvasRenderingContext2D,
  "setTransform" | "clearRect" | "fill" | "fillStyle" | "globalAlpha"
>;
type Surface = Pick<HTMLCanvasElement, "width" | "height">;
type FlowPicture = Pick<Picture, "scene" | "list" | "view"> & { readonly theme: Pick<Theme, "text" | "failing"> };

export class FlowLayer {
  readonly #canvas: Surface;
  readonly #ctx: FlowContext;
  readonly #onSample: (sample: FlowSample) => void;
  #picture: FlowPicture | null = null;
  #plan: FlowPlan | null = null;
  /** Edges that dots are drawn on, and the list of the plan. */
  #lit: ReadonlySet<number> = new Set();
  #list: FlowPicture["list"] | null = null;
  #frame = 0;
  #lastTickMs = 0;
  #lastDrawnMs = 0;
  #restsAtMs = 0;
  /** Frames that were drawn, and those that were left out because the page was busy. */
  drawn = 0;
  late = 0;
  dots = 0;

  constructor(canvas: Surface, ctx: FlowContext, onSample: (sample: FlowSample) => void) {
    this.#canvas = canvas;
    this.#ctx = ctx;
    this.#onSample = onSample;
    this.#frame = requestAnimationFrame((nowMs) => this.#tick(nowMs));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#clear();
  }

  /** A frame of the picture below. */
  show(picture: FlowPicture): void {
    const old = this.#picture?.view;
    this.#picture = picture;
    const { x, y, k, width, height } = picture.view;
    if (
      old === undefined ||
      x !== old.x ||
      y !== old.y ||
      k !== old.k ||
      width !== old.width ||
      height !== old.height
    ) {
      this.#restsAtMs = performance.now() + RESTS_AFTER_MS;
      this.#clear();
    }
  }

  #clear(): void {
    this.dots = 0;
    this.#ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.#ctx.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #tick(nowMs: number): void {
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
    const sinceTick = nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    const picture = this.#picture;
    if (picture === null || nowMs < this.#restsAtMs || nowMs - this.#lastDrawnMs < FRAME_MS - 4) return;
    if (sinceTick > LATE_MS) {
      this.late++;
      return;
    }
    this.#lastDrawnMs = nowMs;
    this.#draw(picture, this.#planAt(picture, nowMs / 1000), nowMs / 1000);
  }

  /** A new answer, or what the pointer is on, sends no dot elsewhere: the plan goes on from the one before. */
  #planAt({ scene, list, view }: FlowPicture, seconds: number): FlowPlan {
    if (this.#plan !== null && this.#list === list) return this.#plan;
    const { all, lit } = flowEdges(list.edges);
    const plan = continued(flowPlan(scene, all, view.k), this.#plan, seconds);
    this.#plan = plan;
    this.#list = list;
    this.#lit = lit;
    this.#onSample({ requestsPerDot: plan.requestsPerDot, bytesPerDot: plan.bytesPerDot });
    return plan;
  }

  #draw({ list, view, theme }: FlowPicture, plan: FlowPlan, seconds: number): void {
    const ctx = this.#ctx;
    const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#clear();
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    const radius = RADIUS * Math.max(0.8, Math.min(1.5, view.k));
    const paths = { plain: new Path2D(), failed: new Path2D() };
    for (const lane of plan.lanes) {
      if (!this.#lit.has(lane.edge)) continue;
      this.dots += eachDot(lane, seconds, (worldX, worldY, failed, isTcp) => {
        const [panless, down] = [worldX * view.k, worldY * view.k];
        const [x, y] = [panless + view.x, down + view.y];
        if (x < -4 || y < -4 || x > view.width + 4 || y > view.height + 4) return;
        const r = failed ? radius * 1.35 : radius;
        // Over a text a dot would be read as a part of it; it comes out on the other side.
        if (list.covered.meets({ x: panless - r, y: down - r, w: 2 * r, h: 2 * r })) return;
        const path = failed ? paths.failed : paths.plain;
        path.moveTo(x + r, y);
        if (isTcp) path.rect(x - r, y - r, 2 * r, 2 * r);
        else path.arc(x, y, r, 0, 2 * Math.PI);
      });
    }
    ctx.fillStyle = theme.text;
    ctx.globalAlpha = 0.62;
    ctx.fill(paths.plain);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.failing;
    ctx.fill(paths.failed);
    this.drawn++;
  }
}
