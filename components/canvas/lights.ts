/** What is lit on the canvas: what the pointer is on, what is selected, what find matches. */
import { type Emphasis, emphasisOf } from "../../lib/view/graph/emphasis.ts";
import type { GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";

const isSame = (a: GraphTarget | null, b: GraphTarget | null): boolean => a?.id === b?.id && a?.kind === b?.kind;

export class Lights {
  hover: GraphTarget | null = null;
  selection: GraphTarget | null = null;
  #matches: ReadonlySet<string> | undefined;
  #made: Emphasis | null = null;

  /** False where it is so already. */
  select(selection: GraphTarget | null): boolean {
    if (isSame(selection, this.selection)) return false;
    this.selection = selection;
    return true;
  }

  point(hover: GraphTarget | null): boolean {
    if (isSame(hover, this.hover)) return false;
    this.hover = hover;
    return true;
  }

  match(matches: ReadonlySet<string> | undefined): boolean {
    if (matches === this.#matches) return false;
    this.#matches = matches;
    return true;
  }

  forget(): void {
    this.#made = null;
  }

  of(view: GraphView): Emphasis {
    const { hover, selection } = this;
    this.#made ??= emphasisOf(view, { hover, selection, matches: this.#matches });
    return this.#made;
  }
}
