/**
 * A node under a pressed pointer: it follows, and is let go where the pointer is. Of a mouse or a pen; a finger moves the picture.
 * A press that hardly moves is a click. Screen px of the canvas.
 */
import type { GraphTarget } from "../../lib/view/graph/graph-view.ts";
import type { HeldNode } from "../../lib/view/graph/held-layout.ts";
import type { ScreenPoint } from "./zoom-control.ts";

const STARTS_PX = 4;

export interface DragHost {
  /** The node that can be moved at a point; -1 where there is none. */
  readonly nodeAt: (at: ScreenPoint) => number;
  readonly toWorld: (at: ScreenPoint) => ScreenPoint;
  /** Where a node's middle is now, world px. */
  readonly middleOf: (node: number) => ScreenPoint;
  readonly moved: () => void;
  /** Out: the node's id. */
  readonly dropped: (held: HeldNode) => string;
}

interface Press {
  readonly pointer: number;
  readonly node: number;
  readonly at: ScreenPoint;
  /** From the pointer to the node's middle, world px. */
  readonly offset: ScreenPoint;
}

export class NodeDrag {
  readonly #canvas: HTMLCanvasElement;
  readonly #host: DragHost;
  readonly #listening = new AbortController();
  #press: Press | null = null;
  /** What is held, or was let go and is not shown at its place yet. */
  held: HeldNode | null = null;
  /** The node that the last press let go elsewhere: the click that ends it is none on what lies there. */
  dropped: GraphTarget | null = null;

  constructor(canvas: HTMLCanvasElement, host: DragHost) {
    this.#canvas = canvas;
    this.#host = host;
    const { signal } = this.#listening;
    canvas.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#up(event), { signal });
    canvas.addEventListener("pointercancel", () => this.release(), { signal });
  }

  stop(): void {
    this.#listening.abort();
  }

  /** Whether a press there moves a node, and so not the picture. */
  claims(at: ScreenPoint): boolean {
    return this.#host.nodeAt(at) >= 0;
  }

  get isPressed(): boolean {
    return this.#press !== null;
  }

  /** What was held is not any more. */
  end(): void {
    this.#press = null;
    this.held = null;
  }

  /** As `end`, and shown where it stood. */
  release(): void {
    const was = this.held;
    this.end();
    if (was !== null) this.#host.moved();
  }

  #down(event: PointerEvent): void {
    this.dropped = null;
    if (event.pointerType === "touch" || event.button !== 0 || event.ctrlKey) return;
    const at = { x: event.offsetX, y: event.offsetY };
    const node = this.#host.nodeAt(at);
    if (node < 0) return;
    const [world, middle] = [this.#host.toWorld(at), this.#host.middleOf(node)];
    this.#press = { pointer: event.pointerId, node, at, offset: { x: middle.x - world.x, y: middle.y - world.y } };
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (press === null || event.pointerId !== press.pointer) return;
    const at = { x: event.offsetX, y: event.offsetY };
    if (this.held === null) {
      if (Math.hypot(at.x - press.at.x, at.y - press.at.y) < STARTS_PX) return;
      this.#canvas.setPointerCapture(event.pointerId);
    }
    const world = this.#host.toWorld(at);
    this.held = { node: press.node, x: world.x + press.offset.x, y: world.y + press.offset.y };
    this.#host.moved();
  }

  #up(event: PointerEvent): void {
    if (this.#press === null || event.pointerId !== this.#press.pointer) return;
    this.#press = null;
    if (this.held !== null) this.dropped = { kind: "node", id: this.#host.dropped(this.held) };
  }
}
