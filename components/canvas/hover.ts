/**
 * What the pointer is on. It is found again where the pointer rests once the picture under it is another one or has moved, and
 * let go of at once where it is not in the picture any more: else all would stay dimmed for the sake of what is not there.
 */
import type { GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import { type HitIndex, hitIndex, hitTest } from "../../lib/view/graph/hit.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import type { Lights } from "./lights.ts";
import type { ScreenPoint, ZoomControl } from "./zoom-control.ts";

interface HoverParts {
  readonly lights: Lights;
  readonly zoom: () => Pick<ZoomControl, "toWorld" | "transform">;
  readonly scene: () => Scene | null;
  readonly changed: (target: GraphTarget | null, at: ScreenPoint) => void;
}

const isIn = (view: GraphView, { kind, id }: GraphTarget): boolean =>
  (kind === "node" ? view.nodeIndex : kind === "edge" ? view.edgeIndex : view.boxIndex).has(id);

export class Hover {
  readonly #parts: HoverParts;
  #hits: HitIndex | null = null;
  /** Null where the pointer is elsewhere. */
  #at: ScreenPoint | null = null;
  #isPressed = false;
  #isStale = false;

  constructor(parts: HoverParts) {
    this.#parts = parts;
  }

  targetAt(at: ScreenPoint): GraphTarget | null {
    const scene = this.#parts.scene();
    if (scene === null) return null;
    if (this.#hits?.scene !== scene) this.#hits = hitIndex(scene);
    const zoom = this.#parts.zoom();
    return hitTest(this.#hits, zoom.toWorld(at), zoom.transform.k);
  }

  /** While a button is down the pointer moves what it is on: that stays so. */
  pointerAt(at: ScreenPoint | null, isPressed: boolean): void {
    this.#at = at;
    this.#isPressed = isPressed;
    if (!isPressed) this.#test();
  }

  /** The picture has moved under the pointer. */
  moved(): void {
    this.#isStale = true;
  }

  /** Another picture is shown. */
  shows(view: GraphView): void {
    this.#isStale = true;
    const { hover } = this.#parts.lights;
    if (hover !== null && !isIn(view, hover)) this.#point(null);
  }

  /** Before a frame of a picture that stands still. */
  settle(): void {
    if (this.#isStale && !this.#isPressed) this.#test();
  }

  #test(): void {
    this.#isStale = false;
    this.#point(this.#at === null ? null : this.targetAt(this.#at));
  }

  #point(target: GraphTarget | null): void {
    if (this.#parts.lights.point(target)) this.#parts.changed(target, this.#at ?? { x: 0, y: 0 });
  }
}
