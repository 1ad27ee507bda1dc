/** Paints the small map: boxes, what is not healthy of the nodes and the most important of the others, the viewport. Map px. */
import { toneOf } from "../../lib/view/graph/draw-marks.ts";
import { type MiniFrame, miniFrame, pictureBounds, viewportOn } from "../../lib/view/graph/minimap.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import type { Picture } from "./paint.ts";
import { nodeColour } from "./theme.ts";

export const MINI_SIZE = { width: 184, height: 124 } as const;
const MOST_NODES = 400;

/** Indexes of nodes to paint, the gravest last, so that they lie on top. */
function chosenNodes({ view }: Scene): readonly number[] {
  const order = view.nodes.map((_, i) => i);
  order.sort((a, b) => (view.nodes[a]?.importance ?? 0) - (view.nodes[b]?.importance ?? 0) || a - b);
  return order.slice(-MOST_NODES);
}

function paintGround(ctx: CanvasRenderingContext2D, { scene, theme }: Picture, frame: MiniFrame): void {
  const { layout, view } = scene;
  const { scale } = frame;
  for (let b = 0; b < view.boxes.length; b++) {
    const [l = 0, t = 0, w = 0, h = 0] = layout.rects.subarray(4 * b, 4 * b + 4);
    ctx.fillStyle = theme.box;
    ctx.fillRect(l * scale + frame.x, t * scale + frame.y, w * scale, h * scale);
    ctx.strokeStyle = theme.idle;
    ctx.lineWidth = 0.75;
    ctx.strokeRect(l * scale + frame.x, t * scale + frame.y, w * scale, h * scale);
  }
  for (const i of chosenNodes(scene)) {
    const node = view.nodes[i];
    if (node === undefined) continue;
    const tone = toneOf(node.state);
    const r = tone === "failing" || tone === "degraded" ? 2.4 : 1.3;
    ctx.beginPath();
    ctx.arc((layout.x[i] ?? 0) * scale + frame.x, (layout.y[i] ?? 0) * scale + frame.y, r, 0, 2 * Math.PI);
    ctx.fillStyle = tone === "healthy" || tone === "idle" ? theme.quiet : nodeColour(theme, tone);
    ctx.fill();
  }
}

export class MiniLayer {
  readonly #ctx: CanvasRenderingContext2D;
  readonly #ground = document.createElement("canvas");
  #of: Scene | null = null;
  #theme: Picture["theme"] | null = null;
  frame: MiniFrame | null = null;

  constructor(ctx: CanvasRenderingContext2D) {
    this.#ctx = ctx;
  }

  show(picture: Picture): void {
    const { width, height } = MINI_SIZE;
    const ratio = window.devicePixelRatio || 1;
    const ctx = this.#ctx;
    for (const canvas of [ctx.canvas, this.#ground]) {
      if (canvas.width === Math.round(width * ratio)) continue;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      this.#of = null;
    }
    if (this.#of !== picture.scene || this.#theme !== picture.theme) this.#again(picture, ratio);
    if (this.frame === null) return;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
    ctx.drawImage(this.#ground, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [x, y, w, h] = viewportOn(this.frame, picture.view);
    ctx.fillStyle = picture.theme.accent;
    ctx.globalAlpha = 0.1;
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = picture.theme.accent;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(x, y, w, h);
  }

  #again(picture: Picture, ratio: number): void {
    this.#of = picture.scene;
    this.#theme = picture.theme;
    const bounds = pictureBounds(picture.scene.layout);
    this.frame = bounds === null ? null : miniFrame(bounds, MINI_SIZE);
    const ground = this.#ground.getContext("2d");
    if (ground === null || this.frame === null) return;
    ground.setTransform(ratio, 0, 0, ratio, 0, 0);
    ground.clearRect(0, 0, MINI_SIZE.width, MINI_SIZE.height);
    paintGround(ground, picture, this.frame);
  }
}
