/** The draw list that is on the canvas, remade when what it was made from no longer holds; how large it is. */

import { elementsOf } from "../../lib/view/graph/draw-elements.ts";
import { buildDrawList } from "../../lib/view/graph/draw-list.ts";
import type { DrawList, DrawParameters } from "../../lib/view/graph/draw-marks.ts";
import { isGoodFor, ROUND_SIGHT, windowOf } from "./sight.ts";
import type { ZoomControl } from "./zoom-control.ts";

export class Lists {
  made = 0;
  /** Lines, marks and texts of the last list, and the most of any. */
  elements = 0;
  mostElements = 0;
  list: DrawList | null = null;
  readonly #onLeftOut: (leftOut: DrawList["leftOut"]) => void;
  #told = "0 0";

  constructor(onLeftOut: (leftOut: DrawList["leftOut"]) => void) {
    this.#onLeftOut = onLeftOut;
  }

  forget(): void {
    this.list = null;
  }

  /** Forgets a list that does not hold for the viewport. */
  check(zoom: ZoomControl): void {
    if (this.list !== null && !isGoodFor(this.list, zoom)) this.list = null;
  }

  of(zoom: ZoomControl, parameters: () => Omit<DrawParameters, "zoom" | "window">): DrawList {
    if (this.list !== null) return this.list;
    this.made++;
    const list = buildDrawList({ ...parameters(), zoom: zoom.transform.k, window: windowOf(zoom, ROUND_SIGHT) });
    this.list = list;
    this.elements = elementsOf(list);
    this.mostElements = Math.max(this.mostElements, this.elements);
    const { nodes, edges } = list.leftOut;
    if (this.#told !== `${nodes} ${edges}`) {
      this.#told = `${nodes} ${edges}`;
      this.#onLeftOut(list.leftOut);
    }
    return list;
  }
}
