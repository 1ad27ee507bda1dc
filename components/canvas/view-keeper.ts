/**
 * Where the user looks, from visit to visit: the viewport is brought there as the first picture comes, and told once it rests. Until the
 * user moves it the picture may still be arranged elsewhere, or its canvas become another size: it is brought there again.
 */
import { type KeptViewport, keptViewport, middleOf } from "../../lib/view/graph/kept-viewport.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import type { EngineEvents } from "./engine-events.ts";
import type { ZoomControl } from "./zoom-control.ts";

interface KeeperParts extends Pick<EngineEvents, "onRecall" | "onKeep"> {
  readonly zoom: () => ZoomControl;
  readonly scene: () => Scene | null;
}

export class ViewKeeper {
  readonly #parts: KeeperParts;
  /** What the viewport was brought to, and how it was then. */
  #brought: { readonly to: KeptViewport; readonly transform: ZoomControl["transform"] } | null = null;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Null where nothing is drawn, or all is shown and is to be. */
  now(): KeptViewport | null {
    const [zoom, scene] = [this.#parts.zoom(), this.#parts.scene()];
    if (scene === null || !zoom.isTouched) return null;
    return keptViewport(scene, zoom.middle, zoom.transform.k);
  }

  /** To where the last visit looked; false where that is not known, or not in the picture. */
  begin(): boolean {
    const kept = this.#parts.onRecall();
    return kept !== null && this.#bring(kept);
  }

  again(): void {
    const { to, transform } = this.#brought ?? {};
    if (to !== undefined && transform === this.#parts.zoom().transform) this.#bring(to);
  }

  keep(): void {
    if (this.#parts.scene() !== null) this.#parts.onKeep(this.now());
  }

  #bring(to: KeptViewport): boolean {
    const [zoom, scene] = [this.#parts.zoom(), this.#parts.scene()];
    const middle = scene === null ? null : middleOf(scene, to);
    if (middle === null) return false;
    zoom.centre(middle, to.zoom);
    this.#brought = { to, transform: zoom.transform };
    return true;
  }
}
