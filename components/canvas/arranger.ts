/**
 * From answers to layouts: keeps the graph, how its boxes stand, which way the window lies and what is pinned; asks for a layout
 * where one of these changed, from the picture before, or from the one that was kept of a visit before. What it tells of
 * belongs together: a view is told once its layout has come.
 */
import { finish, type Sliced } from "../../lib/base/sliced.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { FLAT, type Framing, type GraphView } from "../../lib/view/graph/graph-view.ts";
import { knowsHalf } from "../../lib/view/graph/kept-picture.ts";
import { type LayoutInput, layoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { NO_PINS, type Pins } from "../../lib/view/graph/pins.ts";
import { EdgeBook, presentSliced } from "../../lib/view/graph/present-graph.ts";
import { type Scene, sceneSliced } from "../../lib/view/graph/scene.ts";
import { LayoutService } from "./layout-service.ts";
import { Turns } from "./turns.ts";

const SEED = 1;
/** In the browser's user timing: from an answer to the picture that is made of it, the last one. */
const PICTURE_MEASURE = "meshscope-picture";
const KEEP_AFTER_MS = 400;
/** A picture of more edges is made in turns. */
const AT_ONCE_EDGES = 1500;

/** Pictures of visits before, by what they show. */
export interface PictureMemory {
  /** Of the graph that it is given with; null where that is not kept, or the estate is not known yet. */
  readonly key: string | null;
  readonly recall: (key: string) => LayoutResult | null;
  readonly keep: (key: string, layout: LayoutResult) => void;
}

export const NO_MEMORY: PictureMemory = { key: null, recall: () => null, keep: () => undefined };

export interface Shown {
  readonly view: GraphView;
  readonly input: LayoutInput;
  readonly layout: LayoutResult;
  /** Of that view and that layout. */
  readonly scene: Scene;
}

/** At once where it is little, so that the next frame has it; what was under way is dropped. */
function perform<T>(
  turns: Turns,
  of: Pick<Graph | GraphView, "edges">,
  work: Sliced<T>,
  done: (made: T) => void,
): void {
  turns.stop();
  if (of.edges.length > AT_ONCE_EDGES) turns.run(work, done);
  else done(finish(work));
}

export class Arranger {
  readonly #service = new LayoutService(SEED, (layout) => this.#arrived(layout));
  readonly #book = new EdgeBook();
  readonly #presenting = new Turns();
  readonly #measuring = new Turns();
  readonly #show: (shown: Shown, before: Shown | null) => void;
  #graph: Graph | null = null;
  framing: Framing = FLAT;
  #tall = false;
  /** A view is under way that belongs to the graph: none of before is arranged meanwhile. */
  #isPresenting = false;
  #askedMs: number | null = null;
  pins: Pins = NO_PINS;
  /** Of the graph, and of the view that is made of it. */
  #coming = NO_MEMORY;
  #memory = NO_MEMORY;
  /** Whose picture the last one that was asked for is, and the one that is shown. */
  #key: string | null = null;
  #shownKey: string | null = null;
  #pending: { readonly view: GraphView; readonly input: LayoutInput } | null = null;
  #keeping: { readonly timer: ReturnType<typeof setTimeout>; readonly now: () => void } | null = null;
  shown: Shown | null = null;

  /** `show` is told what was shown before, too. */
  constructor(show: (shown: Shown, before: Shown | null) => void) {
    this.#show = show;
  }

  get layouts(): number {
    return this.#service.layouts;
  }

  get edgesBuilt(): number {
    return this.#book.built;
  }

  stop(): void {
    this.#keepNow();
    this.#service.stop();
    this.#presenting.stop();
    this.#measuring.stop();
  }

  /** The memory's key belongs to the graph: where it is known later than the graph, that starts from memory then. */
  setGraph(graph: Graph, framing: Framing, memory: PictureMemory = NO_MEMORY): void {
    const isSame = graph === this.#graph && framing === this.framing;
    if (isSame && memory.key === this.#coming.key) return;
    this.#coming = memory;
    if (isSame) {
      this.#again();
      return;
    }
    this.#graph = graph;
    this.framing = framing;
    this.#askedMs ??= performance.now();
    this.#isPresenting = true;
    perform(this.#presenting, graph, presentSliced(graph, framing, this.#book), (view) => {
      this.#isPresenting = false;
      this.#arrange(view);
    });
  }

  setPins(pins: Pins): void {
    if (pins === this.pins) return;
    this.pins = pins;
    this.#again();
  }

  /** A window turned on its side is laid out anew: other boxes stand beside each other. */
  turn(tall: boolean): void {
    if (tall === this.#tall) return;
    this.#tall = tall;
    this.#service.forget();
    this.#again();
  }

  /** Discards all positions but of what is pinned, and lays the graph out from scratch; false where there is none. */
  rearrange(): boolean {
    this.#pending ??= this.shown;
    if (this.#pending === null) return false;
    this.#measuring.stop();
    this.#service.forget();
    this.#service.request(this.#pending.input);
    return true;
  }

  #again(): void {
    const view = (this.#pending ?? this.shown)?.view;
    if (view !== undefined && !this.#isPresenting) this.#arrange(view);
  }

  #measure(): void {
    if (this.#askedMs === null) return;
    performance.clearMeasures(PICTURE_MEASURE);
    performance.measure(PICTURE_MEASURE, { start: this.#askedMs, end: performance.now() });
    this.#askedMs = null;
  }

  #keyNow(): string | null {
    const { key } = this.#memory;
    return key === null || !this.#tall ? key : `${key} tall`;
  }

  #arrange(view: GraphView): void {
    this.#memory = this.#coming;
    const input = layoutInput(view, this.#tall, this.pins);
    this.#measuring.stop();
    this.#pending = { view, input };
    this.#startFromMemory(input);
    this.#service.request(input);
  }

  /**
   * Where little of what is to be shown is in the picture before, or that was kept under no name (about a focus, of what find left, of an
   * estate not known yet), a picture of it from before serves better.
   */
  #startFromMemory(input: LayoutInput): void {
    const [before, key] = [this.#key, this.#keyNow()];
    if (key !== before) this.#keepNow();
    this.#key = key;
    const { last } = this.#service;
    const isKnown = last !== null && (last.hash === input.hash || knowsHalf(last, input.ids));
    if (key === null || (isKnown && before !== null)) return;
    const recalled = this.#memory.recall(key);
    if (recalled !== null && knowsHalf(recalled, input.ids)) this.#service.startFrom(recalled);
  }

  #arrived(layout: LayoutResult): void {
    const pending = this.#pending;
    if (pending === null || pending.input.hash !== layout.hash) return;
    const scenes = sceneSliced(pending.view, layout, this.shown?.scene ?? null);
    perform(this.#measuring, pending.view, scenes, (scene) => {
      this.#pending = null;
      this.#appear({ ...pending, layout, scene });
    });
  }

  #appear(shown: Shown): void {
    const before = this.shown;
    const { layout } = shown;
    this.shown = shown;
    if (before?.layout !== layout || this.#key !== this.#shownKey) this.#keepSoon(layout);
    this.#shownKey = this.#key;
    this.#show(shown, before);
    this.#measure();
  }

  #keepSoon(layout: LayoutResult): void {
    const key = this.#key;
    if (this.#keeping !== null) clearTimeout(this.#keeping.timer);
    this.#keeping = null;
    if (key === null) return;
    const { keep } = this.#memory;
    const now = (): void => keep(key, layout);
    this.#keeping = { timer: setTimeout(() => this.#keepNow(), KEEP_AFTER_MS), now };
  }

  #keepNow(): void {
    const keeping = this.#keeping;
    if (keeping === null) return;
    clearTimeout(keeping.timer);
    this.#keeping = null;
    keeping.now();
  }
}
