/**
 * The live picture, free of React: takes answers, selection, matches and theme; keeps layout, viewport, hover and the
 * animation; paints on one canvas, at most once a frame and only when something changed. Screen px are CSS px.
 * The view drawn and the layout drawn always belong together: a new answer is shown once its layout has arrived.
 */
import type { Graph } from "../../lib/query/schema/graph.ts";
import { type FoldTarget, foldTargetOf } from "../../lib/view/graph/fold-target.ts";
import {
  type EdgeLabel,
  FLAT,
  type Framing,
  type GraphTarget,
  type GraphView,
} from "../../lib/view/graph/graph-view.ts";
import { type HitIndex, hitIndex, hitTest } from "../../lib/view/graph/hit.ts";
import { layoutBounds } from "../../lib/view/graph/layout-graph.ts";
import { type LayoutInput, layoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { type Direction, navigate } from "../../lib/view/graph/navigate.ts";
import { EdgeBook, presentGraph } from "../../lib/view/graph/present-graph.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";
import { placeOfTarget } from "../../lib/view/graph/target-place.ts";
import type { Counters, EngineEvents } from "./engine-events.ts";
import { measureWith, metricsOf } from "./fonts.ts";
import { glyphData } from "./glyphs.ts";
import { LayoutService } from "./layout-service.ts";
import { Lights } from "./lights.ts";
import { Lists } from "./lists.ts";
import { Moves } from "./motion.ts";
import { Painter, paint } from "./paint.ts";
import { Scheduler } from "./scheduler.ts";
import { framesOf, openedBounds, ViewWatch } from "./sight.ts";
import { SvgPen } from "./svg-pen.ts";
import { readTheme, type Theme } from "./theme.ts";
import { type ScreenPoint, ZoomControl } from "./zoom-control.ts";

const SEED = 1;
/** Width over height below which the picture is laid out for a window that is higher than wide. */
const TALL = 0.95;

export class GraphEngine {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #events: EngineEvents;
  readonly #scheduler = new Scheduler((nowMs) => this.#frame(nowMs));
  readonly #service = new LayoutService(SEED, (layout) => this.#arrived(layout));
  readonly #zoom: ZoomControl;
  #theme: Theme;
  #ratio = 1;
  #graph: Graph | null = null;
  #framing: Framing = FLAT;
  readonly #book = new EdgeBook();
  readonly #watch = new ViewWatch(() => this.#seen());
  #tall = false;
  #pending: { readonly view: GraphView; readonly input: LayoutInput } | null = null;
  #shown: { readonly view: GraphView; readonly input: LayoutInput; readonly layout: LayoutResult } | null = null;
  readonly #moves = new Moves();
  #scene: Scene | null = null;
  #hits: HitIndex | null = null;
  readonly #lights = new Lights();
  readonly #lists: Lists;
  #measure: ReturnType<typeof measureWith>;
  #edgeLabels: ReadonlySet<EdgeLabel> = new Set();
  #frames = 0;
  #drawCalls = 0;

  constructor(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D, events: EngineEvents) {
    this.#canvas = canvas;
    this.#ctx = ctx;
    this.#events = events;
    this.#lists = new Lists((leftOut) => events.onLeftOut(leftOut));
    this.#theme = readTheme(canvas);
    this.#measure = measureWith(ctx, this.#theme.font);
    this.#zoom = new ZoomControl(
      canvas,
      () => this.#viewportChanged(),
      (at) => this.foldAt(at) !== null,
    );
  }

  stop(): void {
    this.#scheduler.stop();
    this.#service.stop();
    this.#zoom.stop();
    this.#watch.stop();
  }

  counters(): Counters {
    return {
      layouts: this.#service.layouts,
      frames: this.#frames,
      drawLists: this.#lists.made,
      drawCalls: this.#drawCalls,
      elements: this.#lists.elements,
      mostElements: this.#lists.mostElements,
      edgesBuilt: this.#book.built,
      zoom: this.#zoom.transform.k,
      boxes: framesOf(this.#shown?.layout),
    };
  }

  setGraph(graph: Graph, framing: Framing): void {
    if (graph === this.#graph && framing === this.#framing) return;
    this.#graph = graph;
    this.#framing = framing;
    this.#arrange(presentGraph(graph, framing, this.#book));
  }

  #arrange(view: GraphView): void {
    const input = layoutInput(view, this.#tall);
    this.#pending = { view, input };
    this.#service.request(input);
  }

  setSelection(selection: GraphTarget | null): void {
    if (this.#lights.select(selection)) this.#relight();
  }

  setMatches(matches: ReadonlySet<string> | undefined): void {
    if (this.#lights.match(matches)) this.#relight();
  }

  setEdgeLabels(labels: ReadonlySet<EdgeLabel>): void {
    if (labels === this.#edgeLabels) return;
    this.#edgeLabels = labels;
    this.#lists.forget();
    this.#scheduler.request();
  }

  /** Reads tokens and font anew: after a change of theme, or once fonts have come. */
  refreshTheme(): void {
    this.#theme = readTheme(this.#canvas);
    this.#measure = measureWith(this.#ctx, this.#theme.font);
    this.#lists.forget();
    this.#scheduler.request();
  }

  setSize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#zoom.setSize(width, height);
    this.#turn(width < TALL * height);
    this.#scheduler.request();
  }

  /** A window turned on its side is laid out anew: other boxes stand beside each other. */
  #turn(tall: boolean): void {
    if (tall === this.#tall) return;
    this.#tall = tall;
    const view = (this.#pending ?? this.#shown)?.view;
    if (view === undefined) return;
    this.#service.forget();
    this.#arrange(view);
  }

  fit(): void {
    this.#zoom.fit(true);
  }

  zoomBy(factor: number): void {
    this.#zoom.by(factor);
  }

  /** Discards all positions and lays the graph out from scratch. */
  rearrange(): void {
    if (this.#pending === null && this.#shown === null) return;
    this.#service.forget();
    this.#pending ??= this.#shown;
    if (this.#pending !== null) this.#service.request(this.#pending.input);
    this.#zoom.fit(true);
  }

  /** Where an arrow key would take the selection. */
  next(direction: Direction): GraphTarget | null {
    return this.#shown === null
      ? null
      : navigate(this.#shown.view, this.#shown.layout, this.#lights.selection, direction);
  }

  /** Pans so that the target can be seen; nothing if it can already. */
  reveal(target: GraphTarget): void {
    const at = this.positionOf(target);
    if (at !== null) this.#zoom.reveal(at);
  }

  /** Where a target is on the canvas: the middle of a node, the arrow of an edge, the title of a box. */
  positionOf(target: GraphTarget): ScreenPoint | null {
    const scene = this.#sceneNow();
    if (scene === null) return null;
    const at = placeOfTarget(scene, target);
    if (at === null) return null;
    const screen = this.#zoom.toScreen(at.x, at.y);
    const { k } = this.#zoom.transform;
    return target.kind === "box" ? { x: screen.x + 20 * k, y: screen.y + 14 * k } : screen;
  }

  /** The picture as it stands, as vectors, over its ground and with `caption` in the lower left corner. */
  svg(caption: string): string {
    const scene = this.#sceneNow();
    const pen = new SvgPen(glyphData, (text, font) => metricsOf(this.#ctx, text, font));
    const { width, height } = this.#zoom.size;
    const { list } = this.#lists;
    if (scene !== null && list !== null) {
      const view = { ...this.#zoom.transform, width, height, ratio: 1 };
      paint(new Painter(pen, scene, this.#theme, view), list);
    }
    return pen.svg(width, height, caption, this.#theme);
  }

  targetAt(at: ScreenPoint): GraphTarget | null {
    const scene = this.#sceneNow();
    if (scene === null) return null;
    if (this.#hits?.scene !== scene) this.#hits = hitIndex(scene);
    return hitTest(this.#hits, this.#zoom.toWorld(at), this.#zoom.transform.k);
  }

  /** The box that would be folded or unfolded at a point: one whose title bar or folded frame it is. */
  foldAt(at: ScreenPoint): FoldTarget | null {
    const view = this.#shown?.view;
    return view === undefined ? null : foldTargetOf(view, this.targetAt(at), "itself");
  }

  pointerAt(at: ScreenPoint | null): void {
    const target = at === null ? null : this.targetAt(at);
    if (!this.#lights.point(target)) return;
    this.#canvas.style.cursor = target === null ? "grab" : "pointer";
    this.#relight();
    this.#events.onHover(target, at ?? { x: 0, y: 0 });
  }

  #arrived(layout: LayoutResult): void {
    const pending = this.#pending;
    if (pending === null || pending.input.hash !== layout.hash) return;
    this.#pending = null;
    const before = this.#shown?.layout ?? null;
    if (before !== layout) {
      this.#moves.begin(before, layout);
      this.#zoom.setWorld(layoutBounds(pending.input, layout));
    }
    this.#shown = { ...pending, layout };
    this.#scene = null;
    this.#relight();
    // A link to boxes that were opened by a zoom shows those.
    const opened = before === null && this.#framing.standing === "roomy" ? openedBounds(this.#shown) : null;
    if (opened !== null) this.#zoom.show(opened);
    this.#watch.moved();
    this.#events.onShown(pending.view);
  }

  #relight(): void {
    this.#lights.forget();
    this.#lists.forget();
    this.#scheduler.request();
  }

  #viewportChanged(): void {
    this.#lists.check(this.#zoom);
    this.#watch.moved();
    this.#scheduler.request();
  }

  #seen(): void {
    const scene = this.#sceneNow();
    const { x, y, k } = this.#zoom.transform;
    if (scene !== null && this.#framing.standing === "roomy")
      this.#events.onSeen(scene, { x, y, k, ...this.#zoom.size }, this.#zoom.isTouched);
  }

  #sceneNow(): Scene | null {
    if (this.#shown === null) return null;
    this.#scene ??= buildScene(this.#shown.view, this.#shown.layout);
    return this.#scene;
  }

  /** Scene at this moment of a move; true while it goes on. */
  #move(nowMs: number): boolean {
    if (this.#shown === null || !this.#moves.isMoving) return false;
    this.#scene = buildScene(this.#shown.view, this.#moves.at(nowMs) ?? this.#shown.layout);
    this.#lists.forget();
    return this.#moves.isMoving;
  }

  #frame(nowMs: number): boolean {
    const moving = this.#move(nowMs);
    const scene = this.#sceneNow();
    if (scene === null) return false;
    const { x, y, k } = this.#zoom.transform;
    const list = this.#lists.of(this.#zoom, () => ({
      scene,
      emphasis: this.#lights.of(scene.view),
      edgeLabels: this.#edgeLabels,
      measure: this.#measure,
    }));
    const view = { x, y, k, ...this.#zoom.size, ratio: this.#ratio };
    this.#drawCalls += paint(new Painter(this.#ctx, scene, this.#theme, view), list);
    this.#frames++;
    return moving;
  }
}
